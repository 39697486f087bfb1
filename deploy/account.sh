#!/usr/bin/env bash
# deploy/account.sh: what of an account stands in the way of a controller, told before anything is
# made. deploy.sh sources it, with its variables, and says by `fail` what is wrong.

# reserved LEDGER MAXIMUM RESERVES: what the template reserves with these.
reserved() {
    # Of tasks, and of ticks.
    local mappings=1
    [[ $1 != dynamodb ]] || mappings=2
    if [[ $3 == yes ]]; then
        echo $((mappings * $2 + 2))
    else
        echo 0
    fi
}

# New accounts have ten concurrent executions in all, and a hundred cannot be reserved from anybody.
check_concurrency() {
    local free held=0 wanted key value
    local -A kept=()
    free=$(aws lambda get-account-settings --output text \
        --query AccountLimit.UnreservedConcurrentExecutions 2>/dev/null) || return 0
    # What is not given stays as it is in a stack that is there.
    while IFS=$'\t' read -r key value; do
        [[ -z $value ]] || kept[$key]=$value
    done < <(aws cloudformation describe-stacks --stack-name "${name:?}" --output text \
        --query 'Stacks[0].Parameters[].[ParameterKey, ParameterValue]' 2>/dev/null)
    ((${#kept[@]} == 0)) || held=$(reserved "${kept[Ledger]-none}" \
        "${kept[MaximumConcurrency]-2}" "${kept[ReserveConcurrency]-yes}")
    wanted=$(reserved "${parameters[Ledger]-${kept[Ledger]-none}}" \
        "${parameters[MaximumConcurrency]-${kept[MaximumConcurrency]-2}}" \
        "${parameters[ReserveConcurrency]-${kept[ReserveConcurrency]-yes}}")
    ((wanted <= held || free + held - wanted >= 100)) ||
        fail "account ${account:?} has $((free + held)) concurrent executions, too few to reserve \
$wanted" 'add --set ReserveConcurrency=no, or have the quota L-B99A9384 of Lambda raised' 3
}

# A table outlives its stack, and CloudFormation makes none where one has the name.
check_table() {
    local part=''
    [[ ${parameters[Ledger]-} == dynamodb ]] || return 0
    aws dynamodb describe-table --table-name "$name" >/dev/null 2>&1 || return 0
    [[ -z $(status_of "$name") ]] ||
        part=$(aws cloudformation describe-stack-resources --stack-name "$name" --output text \
            --query "StackResources[?LogicalResourceId=='Table'].ResourceStatus" 2>/dev/null) ||
        return 0
    [[ -n $part && $part != DELETE_* ]] ||
        fail "there is a table $name already, which is not the stack's" "exarch status --ledger \
dynamodb:$name tells what is open in it. Then use another --name, or:
  aws dynamodb delete-table --table-name $name" 3
}
