# tokstat as a package: the bundle, run by the Node of nixpkgs, with completions.
{ lib
, buildNpmPackage
, importNpmLock
, installShellFiles
, makeWrapper
, nodejs_24
  # The lock names no addresses: the address of the npm registry to fetch from comes from the caller, or from
  # NPM_CONFIG_REGISTRY with `--impure`.
, registry ? builtins.getEnv "NPM_CONFIG_REGISTRY"
}:
let
  root = ../..;
  about = builtins.fromJSON (builtins.readFile (root + "/package.json"));
  lock = builtins.fromJSON (builtins.readFile (root + "/package-lock.json"));

  # The lock file names versions and hashes and no addresses; Nix wants an address for each.
  nameOf = path: lib.last (lib.splitString "node_modules/" path);
  addressOf = path: version:
    if registry == ""
    then throw "tokstat: say where npm packages come from: NPM_CONFIG_REGISTRY=ADDRESS nix build --impure, or override { registry = ADDRESS; }"
    else let name = nameOf path; in "${registry}/${name}/-/${baseNameOf name}-${version}.tgz";
  withAddress = path: entry:
    if path == "" || entry ? resolved || !(entry ? integrity)
    then entry
    else entry // { resolved = addressOf path entry.version; };
in
buildNpmPackage {
  pname = "tokstat";
  inherit (about) version;
  src = lib.cleanSource root;
  nodejs = nodejs_24;

  npmDeps = importNpmLock {
    package = about;
    packageLock = lock // { packages = lib.mapAttrs withAddress lock.packages; };
  };
  npmConfigHook = importNpmLock.npmConfigHook;
  # One of the development tools is Node itself, which its install script would download.
  npmFlags = [ "--ignore-scripts" ];
  nativeBuildInputs = [ installShellFiles makeWrapper ];

  buildPhase = ''
    runHook preBuild
    node scripts/build.mjs
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    mkdir -p $out/lib/tokstat
    cp -r bin dist package.json LICENSE $out/lib/tokstat/
    makeWrapper ${nodejs_24}/bin/node $out/bin/tokstat --add-flags $out/lib/tokstat/bin/tokstat.mjs
    runHook postInstall
  '';

  postInstall = ''
    for shell in bash zsh fish; do $out/bin/tokstat completion $shell > tokstat.$shell; done
    installShellCompletion --cmd tokstat --bash tokstat.bash --zsh tokstat.zsh --fish tokstat.fish
  '';

  meta = {
    inherit (about) description;
    license = lib.licenses.mit;
    mainProgram = "tokstat";
    platforms = lib.platforms.unix;
  };
}
