#!/bin/sh
# run_with_isa.sh ISA PROBE PROGRAM [LAUNCHER...]: runs a test program, under the launcher if there is one,
# with APUS_ISA set. Exits with 77, which CTest reports as skipped, where the processor lacks the variant:
# the library itself would quietly fall back to another.
isa=$1 probe=$2 program=$3
shift 3
if ! "$@" "$probe" "$isa" >/dev/null 2>&1; then
    echo "SKIPPED: this processor has no $isa"
    exit 77
fi
APUS_ISA=$isa exec "$@" "$program"
