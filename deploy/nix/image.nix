# An OCI image without a Docker engine. The same folders and numbers as deploy/docker/Dockerfile.
{ dockerTools, cacert, tokstat }:
dockerTools.buildLayeredImage {
  name = "tokstat";
  tag = "latest";
  contents = [ tokstat cacert ];
  extraCommands = "mkdir -p -m 0777 data tmp";
  config = {
    Entrypoint = [ "/bin/tokstat" ];
    Cmd = [ "serve" ];
    User = "10001:10001";
    WorkingDir = "/data";
    Volumes = { "/data" = { }; };
    ExposedPorts = { "8000/tcp" = { }; };
    Env = [
      "NODE_ENV=production"
      "HOME=/data"
      "XDG_CONFIG_HOME=/data/config"
      "XDG_DATA_HOME=/data/share"
      "XDG_STATE_HOME=/data/state"
      "TOKSTAT_HOST=0.0.0.0"
      "TOKSTAT_TOKEN_FILE=/run/secrets/tokstat_token"
      "SSL_CERT_FILE=${cacert}/etc/ssl/certs/ca-bundle.crt"
      "NODE_EXTRA_CA_CERTS=${cacert}/etc/ssl/certs/ca-bundle.crt"
    ];
  };
}
