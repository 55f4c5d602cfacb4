{
  description = "tokstat: how much of every AI account is left";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forEach = make: builtins.listToAttrs (map (name: { inherit name; value = make nixpkgs.legacyPackages.${name}; }) systems);
    in
    {
      packages = forEach (pkgs: rec {
        default = pkgs.callPackage ./deploy/nix/package.nix { };
        # docker load < $(nix build .#docker --print-out-paths)
        docker = pkgs.callPackage ./deploy/nix/image.nix { tokstat = default; };
      });

      apps = forEach (pkgs: {
        default = {
          type = "app";
          program = "${self.packages.${pkgs.system}.default}/bin/tokstat";
        };
      });

      devShells = forEach (pkgs: {
        default = pkgs.mkShell {
          packages = [ pkgs.nodejs_24 pkgs.prometheus pkgs.shellcheck pkgs.openssl ];
        };
      });

      formatter = forEach (pkgs: pkgs.nixpkgs-fmt);

      nixosModules.default = import ./deploy/nix/nixos.nix self;
      homeManagerModules.default = import ./deploy/nix/home-manager.nix self;
    };
}
