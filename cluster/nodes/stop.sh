#!/bin/sh
# End what runs on the machines of a site; on the head, before `ray down` (../DEPLOY.md).
#
# `ray down` stops Ray on the head alone: a cloud's machines end with all that runs on them, but
# those of a list go on serving for as long as a worker waits for its head.
set -eu
app="${LEAFRAY_APP_DIR:-/app}"

# As the head reaches its workers: Ray has left it their addresses, its user and its key.
workers="$("$app/.venv/bin/python" -c '
import json, pathlib
config = json.loads(pathlib.Path("~/ray_bootstrap_config.yaml").expanduser().read_text())
user = config["auth"]["ssh_user"]
print(*(f"{user}@{address}" for address in config["provider"].get("worker_ips", [])))
')"

# First the autoscaler, which would start again what is missing.
"$app/.venv/bin/ray" stop
sudo systemctl stop leafray-mlflow caddy
# All at once: each takes some 15 s.
for worker in $workers; do
    ssh -n -i ~/ray_bootstrap_key.pem -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o LogLevel=ERROR -o ConnectTimeout=10 "$worker" ray stop ||
        echo "stop.sh: $worker was not stopped; say \`ray stop\` there" >&2 &
done
wait
