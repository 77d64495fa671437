# machine.sh - what the accounts of the machine are for: whose files and processes
# they are.
#
# Each of the people has an account of his own here; what root may is the
# operator's.  The roles have theirs.  Sourced by 77-duties.sh, with a service that
# runs.

people=(so user officer auditor)
denied='Permission denied'

# walled ROW REGEX WHO... -- COMMAND...: from none of these accounts.
walled()
{
	local row=$1 regex=$2 who list=()
	shift 2
	while [ "$1" != -- ]; do
		list+=("$1")
		shift
	done
	shift
	for who in "${list[@]}"; do
		if [ "$(id -u)" -eq 0 ]; then
			refused "$row.$who" account "$regex" as "$who" "$@"
		else
			is "$row.$who" "no, account"
			skip "$row.$who" "not root, so all have one account"
		fi
	done
}

cp anchord.conf public/
cp -r signed-anchor public/signed
chmod -R a+rX public
object=$(echo token/objects/*/token.object)
signed=(--no-token --chain "$dir/chain")

walled apply "$denied" "${people[@]}" -- public/anchorctl trust apply public/signed \
	"${signed[@]}"
walled configure "$denied" "${people[@]}" front verifier ledger keyholder -- \
	tee -a anchord.conf
walled first-bundle "$denied" "${people[@]}" -- tee -a anchord.conf
walled roll-back "$denied" "${people[@]}" front verifier ledger keyholder -- \
	tee chain
walled state "$denied" "${people[@]}" front verifier ledger keyholder -- \
	tee supervisor/trust-chain
walled read-pin "$denied" so officer auditor front verifier ledger keyholder -- \
	cat pin
walled read-tls-key "$denied" "${people[@]}" front verifier ledger keyholder -- \
	cat server.key
walled read-ledger "$denied" "${people[@]}" front verifier keyholder -- \
	cat ledger/ledger.db
walled back-up 'belongs to another user' "${people[@]}" front verifier keyholder -- \
	public/anchorctl ledger backup --directory "$dir/ledger" backup
walled token-files "$denied" "${people[@]}" front verifier ledger -- \
	cat "$object"
walled start "$denied" "${people[@]}" front verifier ledger keyholder -- \
	public/anchord --config public/anchord.conf
walled stop 'not permitted' "${people[@]}" front verifier ledger keyholder -- \
	kill -TERM "$service_pid"
walled unlatch "$denied" "${people[@]}" front verifier ledger -- public/anchorctl \
	token unlatch --state "$dir/keyholder"

# With root, or with the account, the same commands work.
mkdir -m 700 backups && as_role 2 backups
can read-ledger.ledger as ledger cat "$dir/ledger/ledger.db"
can back-up.operator as ledger "$dir/public/anchorctl" ledger backup \
	--directory "$dir/ledger" "$dir/backups/one"
can token-files.keyholder as keyholder cat "$dir/$object"
can unlatch.operator anchorctl token unlatch --state "$dir/keyholder"
can unlatch.keyholder as keyholder public/anchorctl token unlatch --state "$dir/keyholder"
can read-pin.operator cat pin
can read-tls-key.operator cat server.key
copy_token spent
can_all_the_same token-files.operator copied spent softhsm2-util \
	--module "$softhsm_module" --delete-token --token anchord-demo
