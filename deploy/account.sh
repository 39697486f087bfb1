#!/usr/bin/env bash
# deploy/account.sh: what of an account stands in the way of a controller, told before anything is
# made. deploy.sh sources it, with its variables, and says by `fail` what is wrong.

# New accounts have ten concurrent executions in all, and a hundred cannot be reserved from anybody.
check_concurrency() {
    local free held wanted mappings=1
    [[ ${parameters[ReserveConcurrency]-yes} == yes ]] || return 0
    free=$(aws lambda get-account-settings --output text \
        --query AccountLimit.UnreservedConcurrentExecutions 2>/dev/null) || return 0
    # A function that exists keeps what it has, unless another maximum is given, and gives it back.
    if held=$(aws lambda get-function-concurrency --function-name "${name:?}" --output text \
        --query ReservedConcurrentExecutions 2>/dev/null); then
        [[ -n ${parameters[MaximumConcurrency]-} ]] || return 0
        [[ $held == None ]] || free=$((free + held))
    fi
    # Of tasks, and of ticks.
    [[ ${parameters[Ledger]-} != dynamodb ]] || mappings=2
    wanted=$((mappings * ${parameters[MaximumConcurrency]-2} + 2))
    ((free - wanted >= 100)) ||
        fail "account ${account:?} has $free concurrent executions, too few to reserve $wanted" \
            'add --set ReserveConcurrency=no, or have the quota L-B99A9384 of Lambda raised' 3
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
