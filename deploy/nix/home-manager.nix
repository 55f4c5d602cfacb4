# programs.tokstat: the command and its settings. services.tokstat: the daemon, while you are logged in.
self: { config, lib, pkgs, ... }:
let
  program = config.programs.tokstat;
  service = config.services.tokstat;
  toml = pkgs.formats.toml { };
  command = "${program.package}/bin/tokstat";
in
{
  options.programs.tokstat = {
    enable = lib.mkEnableOption "tokstat, which says how much of every AI account is left";
    package = lib.mkOption {
      type = lib.types.package;
      default = self.packages.${pkgs.system}.default;
      description = "The tokstat to use.";
    };
    settings = lib.mkOption {
      type = toml.type;
      default = { };
      example = { server.port = 9100; polling.interval = "2m"; };
      description = "Content of config.toml (docs/config.md). No secrets: it lies in the store, readable for all.";
    };
  };

  options.services.tokstat.enable = lib.mkEnableOption "the tokstat daemon";

  config = lib.mkMerge [
    (lib.mkIf (program.enable || service.enable) {
      home.packages = [ program.package ];
    })
    (lib.mkIf ((program.enable || service.enable) && program.settings != { }) {
      xdg.configFile."tokstat/config.toml".source = toml.generate "tokstat.toml" program.settings;
    })
    (lib.mkIf service.enable {
      systemd.user.services.tokstat = {
        Unit = {
          Description = "tokstat: what is left of every AI account";
          StartLimitIntervalSec = 300;
          StartLimitBurst = 5;
        };
        Service = {
          Type = "exec";
          ExecStart = "${command} serve";
          ExecStartPost = "${command} service check --wait 20s";
          Restart = "on-failure";
          RestartSec = 10;
          RestartPreventExitStatus = 4;
          NoNewPrivileges = true;
          LockPersonality = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          UMask = "0077";
          LimitCORE = 0;
          MemoryMax = "512M";
        };
        Install.WantedBy = [ "default.target" ];
      };
      systemd.user.services.tokstat-watchdog = {
        Unit.Description = "tokstat: restart it when it no longer answers";
        Service = {
          Type = "oneshot";
          ExecStart = "${command} service check --wait 20s";
          ExecStopPost = "/bin/sh -c 'test \"$$SERVICE_RESULT\" = success || ${pkgs.systemd}/bin/systemctl --user try-restart tokstat.service'";
        };
      };
      systemd.user.timers.tokstat-watchdog = {
        Unit = { Description = "tokstat: ask every minute whether it answers"; PartOf = [ "tokstat.service" ]; };
        Timer = { OnActiveSec = "1min"; OnUnitActiveSec = "1min"; AccuracySec = "10s"; };
        Install.WantedBy = [ "tokstat.service" ];
      };
    })
  ];
}
