# programs.tokstat: the command and its settings. services.tokstat: the daemon, as a user or with accounts of its own.
self: { config, lib, pkgs, ... }:
let
  program = config.programs.tokstat;
  service = config.services.tokstat;
  toml = pkgs.formats.toml { };
  settingsFile = toml.generate "tokstat.toml" program.settings;
  hasSettings = program.settings != { };
  command = "${program.package}/bin/tokstat";
  isDynamic = service.user == null;
  folders = map (name: "-${service.home}/${name}") [ ".config/tokstat" ".local/share/tokstat" ".local/state/tokstat" ];
  # What the program does not need; the same as in the unit of `tokstat service install`.
  hardening = {
    NoNewPrivileges = true;
    LockPersonality = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    RestrictNamespaces = true;
    RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
    SystemCallArchitectures = "native";
    SystemCallFilter = [ "@system-service" "~@privileged @resources" ];
    SystemCallErrorNumber = "EPERM";
    UMask = "0077";
    LimitCORE = 0;
    MemoryMax = "512M";
    TasksMax = 128;
    CapabilityBoundingSet = "";
    AmbientCapabilities = "";
    ProtectSystem = "strict";
    ProtectHome = if isDynamic then true else "read-only";
    PrivateTmp = true;
    PrivateDevices = true;
    DevicePolicy = "closed";
    ProtectKernelTunables = true;
    ProtectKernelModules = true;
    ProtectKernelLogs = true;
    ProtectControlGroups = true;
    ProtectClock = true;
    ProtectHostname = true;
    ProtectProc = "invisible";
    ProcSubset = "pid";
    RemoveIPC = true;
  };
  # By name, so that the watchdog is the same user of its own as the service.
  identity =
    if isDynamic
    then { DynamicUser = true; User = "tokstat"; StateDirectory = "tokstat"; StateDirectoryMode = "0700"; WorkingDirectory = service.home; }
    else { User = service.user; WorkingDirectory = service.home; };
  variables =
    (if hasSettings then { TOKSTAT_CONFIG = "${settingsFile}"; } else { })
    // (if isDynamic then { HOME = service.home; } else { });
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

  options.services.tokstat = {
    enable = lib.mkEnableOption "the tokstat daemon";
    user = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "ada";
      description = "Whose logins are read. Null: a user of its own, with accounts that were added by `tokstat login`.";
    };
    home = lib.mkOption {
      type = lib.types.str;
      default = if isDynamic then "/var/lib/tokstat" else "/home/${service.user}";
      description = "The home of that user.";
    };
    vaultKeyFile = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      description = "An age identity file that opens the vault; handed over by systemd.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (program.enable || service.enable) {
      environment.systemPackages = [ program.package ];
    })
    (lib.mkIf (program.enable && hasSettings) {
      environment.variables.TOKSTAT_CONFIG = "${settingsFile}";
    })
    (lib.mkIf service.enable {
      systemd.services.tokstat = {
        description = "tokstat: what is left of every AI account";
        wantedBy = [ "multi-user.target" ];
        wants = [ "network-online.target" ];
        after = [ "network-online.target" ];
        startLimitIntervalSec = 300;
        startLimitBurst = 5;
        environment = variables;
        serviceConfig = {
          Type = "exec";
          ExecStart = "${command} serve";
          ExecStartPost = "${command} service check --wait 20s";
          Restart = "on-failure";
          RestartSec = 10;
          RestartPreventExitStatus = 4;
        }
        // hardening
        // identity
        // (if isDynamic then { } else {
          # As the user and outside of the sandbox: its folders must be there before they can be opened in it.
          ExecStartPre = "+${pkgs.util-linux}/bin/runuser -u ${service.user} -- ${pkgs.coreutils}/bin/mkdir -p ${toString (map (builtins.substring 1 (-1)) folders)}";
          ReadWritePaths = folders;
        })
        // (if service.vaultKeyFile == null then { } else { LoadCredential = "tokstat-vault-key:${toString service.vaultKeyFile}"; });
      };
      systemd.services.tokstat-watchdog = {
        description = "tokstat: restart it when it no longer answers";
        environment = variables;
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "${command} service check --wait 20s";
          # With full rights, and therefore no program of the user: only the restart.
          ExecStopPost = "+/bin/sh -c 'test \"$$SERVICE_RESULT\" = success || ${pkgs.systemd}/bin/systemctl try-restart tokstat.service'";
        } // hardening // identity;
      };
      systemd.timers.tokstat-watchdog = {
        description = "tokstat: ask every minute whether it answers";
        wantedBy = [ "tokstat.service" ];
        partOf = [ "tokstat.service" ];
        timerConfig = { OnActiveSec = "1min"; OnUnitActiveSec = "1min"; AccuracySec = "10s"; };
      };
    })
  ];
}
