#!/bin/sh
# Start Ray on one node of a `ray up` cluster: start.sh head|worker.
#
# Serve reads its flags at import, in every process: they stand in the environment of `ray start`.
# Ports are fixed where a firewall or Prometheus has to know them.
set -eu
app="${LEAFRAY_APP_DIR:-/app}"

set -a
# shellcheck source=/dev/null
. "$app/cluster/generated/ray.env"
# shellcheck source=/dev/null
. "${LEAFRAY_SITE_ENV:-/etc/leafray/site.env}"
set +a
# A job says `python`: it must be the one that has Ray.
export PATH="$app/.venv/bin:$PATH"
ulimit -n "$(ulimit -H -n)"
cd "$app"

# This machine is the cluster's alone: whatever Ray runs here is of an earlier start.
ray stop
case "${1:-}" in
head)
    # No CPUs: tasks of a training need Torch, and nothing is to run beside the cluster's state.
    ray start --head --num-cpus=0 --port=6379 --object-manager-port=8076 \
        --metrics-export-port=8080 --dashboard-host=127.0.0.1 \
        --autoscaling-config="$HOME/ray_bootstrap_config.yaml"
    # Kept by systemd, not by this shell, which ends when `ray up` does.
    sudo systemctl stop leafray-mlflow 2>/dev/null || true
    # The runner of generative-AI jobs is seven idle processes of 240 MB; nothing here uses it.
    sudo systemd-run --quiet --collect --unit=leafray-mlflow --uid="$(id -un)" \
        --property=Restart=on-failure --working-directory="$app" \
        --setenv=MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
        --setenv=MLFLOW_DISABLE_TELEMETRY=true \
        "$app/.venv/bin/mlflow" server --host=0.0.0.0 --port=5000 --workers=1 \
        --backend-store-uri="sqlite:///$LEAFRAY_HOME/mlflow.db" \
        --serve-artifacts --artifacts-destination="$LEAFRAY_ARTIFACTS"
    serve deploy --address=http://127.0.0.1:8265 "$app/cluster/generated/serve_config.json"
    ;;
worker)
    ray start --address="$RAY_HEAD_IP:6379" --object-manager-port=8076 \
        --metrics-export-port=8080 --resources="${LEAFRAY_NODE_RESOURCES:-{\}}"
    ;;
*)
    echo "start.sh: say head or worker" >&2
    exit 2
    ;;
esac
