# shellcheck shell=bash
# Sourced by scripts/platform and scripts/deploy: what both say and wait for.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# needs_cluster: ends here, with kubectl's own words, rather than at the first of many steps.
needs_cluster() {
  command -v kubectl >/dev/null || { say "needs kubectl on the PATH"; exit 1; }
  local error
  error=$(kubectl version --request-timeout=10s 2>&1 >/dev/null) || { say "no cluster answers: ${error##*$'\n'}"; exit 1; }
}

# until_true WHAT COMMAND...: tries for five minutes, and in the end says why the last try failed.
until_true() {
  local what=$1 error try; shift
  for ((try = 0; try < 150; try++)); do
    error=$("$@" 2>&1 >/dev/null) && return
    sleep 2
  done
  say "$what: $error"
  return 1
}

# rolled_out NAMESPACE KIND...: waits for all of a kind; says what Kubernetes says of the pods that are not ready.
rolled_out() {
  local namespace=$1 kind object; shift
  for kind in "$@"; do
    for object in $(kubectl get "$kind" -n "$namespace" -o name); do
      say "waiting for $namespace $object"
      kubectl rollout status -n "$namespace" "$object" --timeout="${TIMEOUT:-5m}" >/dev/null && continue
      not_ready "$namespace"
      return 1
    done
  done
}

# not_ready NAMESPACE: each pod that is not ready with Kubernetes' reason, and the latest warnings.
not_ready() {
  local scheduling='{range .status.conditions[?(@.type=="PodScheduled")]}{.message}{end}'
  local waiting='{range .status.containerStatuses[*]}{.state.waiting.reason}{" "}{.state.waiting.message}{" "}{end}'
  kubectl get pods -n "$1" -o jsonpath="{range .items[*]}{.metadata.name}: $scheduling$waiting{\"\n\"}{end}" |
    awk -F': ' '$2 ~ /[^ ]/' >&2
  kubectl get events -n "$1" --field-selector type=Warning --sort-by=.lastTimestamp \
    -o custom-columns='OBJECT:.involvedObject.name,REASON:.reason,MESSAGE:.message' 2>/dev/null | tail -n 8 >&2
}
