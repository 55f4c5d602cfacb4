# A stand-in for nixpkgs: as much of its library as the flake and the modules use, so that they are evaluated offline.
{
  outputs = _:
    let
      # What the package lock is turned with; the rest of the library only carries things along.
      lib = rec {
        last = list: builtins.elemAt list (builtins.length list - 1);
        splitString = mark: text: builtins.filter builtins.isString (builtins.split mark text);
        mapAttrs = builtins.mapAttrs;
        cleanSource = source: source;
        licenses.mit = "mit";
        platforms.unix = [ "x86_64-linux" ];
        mkOption = option: { _type = "option"; } // option;
        mkEnableOption = what: mkOption { type = types.bool; default = false; description = "Whether to enable ${what}."; };
        mkIf = condition: content: if condition then content else { };
        mkMerge = parts: builtins.foldl' merge { } parts;
        merge = one: other: one // other // builtins.mapAttrs
          (name: value: if one ? ${name} && builtins.isAttrs value && builtins.isAttrs one.${name} then merge one.${name} value else value)
          other;
        types = { bool = "bool"; str = "str"; path = "path"; package = "package"; nullOr = type: "null or ${type}"; };
      };
      pkgs = system: rec {
        inherit system lib;
        nodejs_24 = "/nix/nodejs";
        prometheus = "/nix/prometheus";
        shellcheck = "/nix/shellcheck";
        openssl = "/nix/openssl";
        util-linux = "/nix/util-linux";
        coreutils = "/nix/coreutils";
        systemd = "/nix/systemd";
        cacert = "/nix/cacert";
        nixpkgs-fmt = "/nix/nixpkgs-fmt";
        installShellFiles = "installShellFiles";
        makeWrapper = "makeWrapper";
        buildNpmPackage = attributes: attributes // { outPath = "/nix/tokstat"; };
        importNpmLock = { __functor = _: arguments: arguments; npmConfigHook = "hook"; };
        dockerTools.buildLayeredImage = attributes: attributes;
        mkShell = attributes: attributes;
        formats.toml = _: { type = "toml"; generate = name: value: "/nix/${name}?${builtins.toJSON value}"; };
        callPackage = file: more:
          let made = import file; in made (builtins.intersectAttrs (builtins.functionArgs made) (pkgs system) // more);
      };
    in
    {
      inherit lib;
      legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs name; })
        [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ]);
    };
}
