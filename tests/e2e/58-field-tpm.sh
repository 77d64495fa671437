#!/bin/bash
# Goal: TPM evidence that the field broke verifiers with, real ones and shapes of
# attacks, judged as a person does it: each case of the collection beside the
# checkout has the verdict, the reasons, or the exit status that it wants.
set -u
. "$(dirname "$0")/field.sh"

field=$corpora/field/tpm
more=tests/e2e/field-tpm.json
field_run
