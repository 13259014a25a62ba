#!/bin/sh
# Makes the namespace, or sets its retention where it is there. May be run again at any time.
set -eu
n=0
until temporal operator cluster health >/dev/null 2>&1; do
  n=$((n + 1))
  [ "$n" -lt 60 ] || { echo "Temporal does not answer at $TEMPORAL_ADDRESS" >&2; exit 1; }
  sleep 2
done
temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION" ||
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
