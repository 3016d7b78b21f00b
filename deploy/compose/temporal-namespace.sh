#!/bin/sh
# Makes the namespace, keeps its retention as wanted, and adds the search attributes the runtime sets on its runs.
# Every step does nothing when it was done before. The address comes from TEMPORAL_ADDRESS.
set -eu

: "${NAMESPACE:?}" "${RETENTION:?}"

if temporal operator namespace describe --namespace "$NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$NAMESPACE" --retention "$RETENTION"
fi

# A namespace that was just made is not known everywhere at once.
tries=30
until temporal operator search-attribute create --namespace "$NAMESPACE" \
  --name HomeostatTenant --type Keyword \
  --name HomeostatKind --type Keyword \
  --name HomeostatPhase --type Keyword \
  --name HomeostatWaitingFor --type Keyword; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || exit 1
  sleep 1
done
