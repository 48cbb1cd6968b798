#!/bin/bash
# Collect, grade and hand back: nightly.sh NAME… (deploy/jupyterhub/README.md has the line for cron).
#
# Run it as the instructor. It says a line for each step and keeps what the steps say in a log. One
# assignment, or one submission that cannot be graded, does not stop the others; the exit status is
# 1 when anything failed, 75 when the last run is not done yet, 2 for wrong usage.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
course=${HUB_COURSE:-$(cd "$here/../.." && pwd)}
state=${HUB_STATE:-$course/_build/hub}
export PATH="${HUB_PROGRAMS:-$here/../../.venv/bin}:$PATH"
export JUPYTER_CONFIG_PATH="$here/config/everyone"
export NBGRADER_EXCHANGE="${NBGRADER_EXCHANGE:-$state/exchange}"
log=$state/nightly.log

if [ $# = 0 ]; then
    echo "usage: nightly.sh NAME…    (assignments, such as naive_convolution)" >&2
    exit 2
fi
cd "$course" || exit 1
mkdir -p "$state" || exit 1
exec 9>"$state/nightly.lock"
if ! flock --nonblock 9; then
    echo "nightly.sh is running already" >&2
    exit 75
fi

failed=0

# step NAME COMMAND…: run it without the lock's file, which a child that stays would keep.
step() {
    local name=$1 status=0
    shift
    printf '%s  %s: %s\n' "$(date '+%F %T')" "$name" "$*" >>"$log"
    "$@" >>"$log" 2>&1 9>&- </dev/null || status=$?
    if [ "$status" = 0 ]; then
        echo "$name: done: $*"
    else
        failed=1
        echo "$name: FAILED with $status: $*   (see $log)" >&2
        tail -n 15 "$log" >&2
    fi
    return "$status"
}

for name in "$@"; do
    if [ ! -f "solutions/$name/notebook.py" ]; then
        echo "$name: FAILED: there is no such assignment in $course" >&2
        failed=1
        continue
    fi
    step "$name" nbgrader collect "$name" --update || continue
    if ! compgen -G "grading/submitted/*/$name/" >/dev/null; then
        echo "$name: nothing has been submitted"
        continue
    fi
    # A submission that the grader failed on has no score; everybody else's feedback goes out.
    step "$name" autograder grade "$name"
    step "$name" autograder feedback "$name" && step "$name" nbgrader release_feedback "$name"
done
exit "$failed"
