#!/bin/sh
# run_with_isa.sh ISA PROBE PROGRAM [LAUNCHER...]: runs a test program, under the launcher if there is one,
# with APUS_ISA set. Exits with 77, which CTest reports as skipped, where the processor lacks the variant:
# the library itself would quietly fall back to another.
isa=$1 probe=$2 program=$3
shift 3
case $("$@" "$probe" "$isa") in
yes) ;;
no)
    echo "SKIPPED: this processor has no $isa"
    exit 77
    ;;
*)
    echo "isa_probe does not say whether this processor has $isa"
    exit 1
    ;;
esac
APUS_ISA=$isa exec "$@" "$program"
