#!/bin/sh
# Creates the namespace, or updates its retention if it exists. You can run this at any time.
set -eu
n=0
until temporal operator cluster health >/dev/null 2>&1; do
  n=$((n + 1))
  [ "$n" -lt 60 ] || { echo "Temporal does not answer at $TEMPORAL_ADDRESS: see docker compose logs temporal" >&2; exit 1; }
  sleep 2
done
temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION" ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
