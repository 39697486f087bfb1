#!/usr/bin/env bash
# deploy/deploy.sh: packages exarch and deploys it with the aws command. Asks nothing; --help tells
# what there is. Credentials, region and endpoints are the aws command's own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")

usage() {
    cat <<'END'
Usage: deploy/deploy.sh controller|alarms|target|targets|producer [OPTIONS]

  controller    the queue, the function, its role and its log: in the account that carries out
  alarms        what to be woken up for: beside the controller, once it is there
  target        the role that lets it in: in one target account
  targets       the same for accounts of an organization, as a StackSet: in its management account
                or that of its delegated administrator
  producer      a policy for who sends tasks: in the account of who sends

Options:
  --dry-run               run nothing that changes anything: print it, have the template checked,
                          and show what would change in a stack that exists
  --name NAME             what everything is called after, and the stack; exarch
  --set KEY=VALUE         a parameter of the template; as often as there are
  --zip FILE              controller: the function's zip; else build/exarch-lambda.zip, which
                          script/package makes where it is missing
  --bucket BUCKET         controller: where the zip goes; else NAME-ACCOUNT-REGION, which is made
  --controller-role ARN   target, targets: whom to trust; the controller prints it as RoleArn
  --distributions ID,ID   target: what may be invalidated; * for all. targets: the same as ARNs
  --unit OU,OU            targets: the organizational units, or the root, whose accounts get it
  --queue ARN             producer: the queue; the controller prints it as QueueArn

A second run updates what the first one made; without a change it does nothing.
END
}

# fail MESSAGE MEND: the second line says what would be right.
fail() {
    printf 'deploy.sh: %s\n' "$1" >&2
    [[ -z ${2-} ]] || printf '  %s\n' "$2" >&2
    exit "${3:-2}"
}

say() { printf '%s\n' "$*" >&2; }

# Runs what changes something, its output beside the results; with --dry-run it is only printed, as
# it could be pasted.
change() {
    local command
    printf -v command ' %q' "$@"
    if $dry_run; then
        echo "\$$command"
    else
        say "\$$command"
        "$@" >&2
    fi
}

kinds='use controller, alarms, target, targets or producer'
what=${1-}
case "$what" in
    controller | alarms | target | targets | producer) shift ;;
    -h | --help)
        usage
        exit 0
        ;;
    '') fail 'what to deploy is missing' "$kinds; --help tells more" ;;
    *) fail "$what is nothing to deploy" "$kinds" ;;
esac

dry_run=false
name=exarch
zip=''
bucket=''
controller_role=''
distributions=''
units=''
queue=''
declare -A parameters=()

while (($# > 0)); do
    option=$1
    shift
    case "$option" in
        --dry-run)
            dry_run=true
            continue
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        --name | --set | --zip | --bucket) ;;
        --controller-role | --distributions | --unit | --queue) ;;
        *) fail "unknown option $option" '--help tells those there are' ;;
    esac
    (($# > 0)) || fail "$option takes a value" '--help tells which'
    value=$1
    shift
    case "$option" in
        --name) name=$value ;;
        --set)
            [[ $value == ?*=* ]] || fail "--set $value has no =" 'write it as --set KEY=VALUE'
            parameters[${value%%=*}]=${value#*=}
            ;;
        --zip) zip=$value ;;
        --bucket) bucket=$value ;;
        --controller-role) controller_role=$value ;;
        --distributions) distributions=${value// /} ;;
        --unit) units=${value// /} ;;
        --queue) queue=$value ;;
    esac
done

# only_for WHAT OPTION VALUE: an option that would be left out in silence is an error.
only_for() {
    [[ -z $3 || " $1 " == *" $what "* ]] ||
        fail "$2 means nothing to $what" "it is for ${1// / and }"
}
only_for controller --zip "$zip"
only_for controller --bucket "$bucket"
only_for 'target targets' --controller-role "$controller_role"
only_for 'target targets' --distributions "$distributions"
only_for targets --unit "$units"
only_for producer --queue "$queue"

template=$here/cloudformation/${what/targets/target}.yaml
# shellcheck source=deploy/parameters.sh
source "$here/parameters.sh"
# shellcheck source=deploy/account.sh
source "$here/account.sh"

# The aws command drops what the template does not know, and what has an option is set by that.
check_parameters() {
    local key names
    names=$(names_of)
    local -A options=([Name]=--name [CodeBucket]=--bucket [CodeKey]=--zip [QueueArn]=--queue
        [ControllerRole]=--controller-role [Distributions]=--distributions)
    for key in "${!parameters[@]}"; do
        grep -qxF -e "$key" <<<"$names" ||
            fail "--set $key: ${template##*/} has no such parameter" "it has ${names//$'\n'/, }"
        [[ -z ${options[$key]-} ]] || fail "--set $key would be left out" \
            "write it as ${options[$key]} ${parameters[$key]}"
        check_value "$key" "${parameters[$key]}" "--set $key=${parameters[$key]}"
    done
}
check_parameters

check_target() {
    [[ -n $controller_role ]] || fail '--controller-role is missing' \
        'the controller prints it as RoleArn, like arn:aws:iam::999900001111:role/exarch'
    [[ -n $distributions ]] || fail '--distributions is missing' \
        'list those that may be invalidated, like E2EXAMPLE1,E2EXAMPLE2; or * for all'
    check_value ControllerRole "$controller_role" "--controller-role $controller_role"
    local id
    while read -r id; do
        [[ $id == '*' || $id == arn:* || $id =~ ^[A-Z0-9]+$ ]] ||
            fail "--distributions has \"$id\", which is no distribution" \
                'list them like E2EXAMPLE1,E2EXAMPLE2'
    done <<<"${distributions//,/$'\n'}"
}

check_targets() {
    check_target
    [[ -n $units ]] || fail '--unit is missing' \
        'name organizational units, like ou-ab12-34567890, or the root, like r-ab12'
    # Whose an id is could not be told.
    [[ $distributions == '*' || ! ",$distributions" =~ ,([^a]|a[^r]) ]] ||
        fail '--distributions has ids without their accounts' \
            'write ARNs, like arn:aws:cloudfront::111122223333:distribution/E2EXAMPLE1; or *'
}

# A zip tells in clear what its files are called.
is_function() { [[ $(head -c 4 "$1" | tr -d '\0') == $'PK\x03\x04' ]] && grep -aq bootstrap "$1"; }

check_controller() {
    [[ -z $zip || -f $zip ]] ||
        fail "$zip is no file" 'script/package makes build/exarch-lambda.zip'
    [[ -z $zip ]] || is_function "$zip" ||
        fail "$zip is no zip with a bootstrap in it" 'script/package makes build/exarch-lambda.zip'
    check_value Name "$name" "--name $name"
}

check_alarms() { check_value Name "$name" "--name $name"; }

check_producer() {
    [[ -n $queue ]] || fail '--queue is missing' \
        'the controller prints it as QueueArn, like arn:aws:sqs:eu-west-1:999900001111:exarch-tasks'
    check_value QueueArn "$queue" "--queue $queue"
}
"check_$what"

command -v aws >/dev/null ||
    fail 'the aws command is missing' 'install it: https://docs.aws.amazon.com/cli/' 3

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
[[ -n $region ]] || fail 'no region is set' 'export AWS_REGION=eu-west-1, or another one'
export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER=''

# As the aws command prints it, with the mend before it.
read_caller() {
    local said
    said=$(aws sts get-caller-identity --query '[Account, Arn]' --output text 2>&1) ||
        fail "AWS does not tell who is calling: ${said//$'\n'/ }" \
            'aws sts get-caller-identity has to work: aws configure, or AWS_PROFILE' 3
    read -r account caller <<<"$said"
    partition=$(cut -d: -f2 <<<"$caller")
}
read_caller

overrides() {
    local key
    for key in "${!parameters[@]}"; do
        printf '%s\n' "$key=${parameters[$key]}"
    done | sort
}

# Nothing where there is no such stack, or nobody may know.
status_of() {
    aws cloudformation describe-stacks --stack-name "$1" --output text \
        --query 'Stacks[0].StackStatus' 2>/dev/null || true
}

check_template() {
    local said
    said=$(aws cloudformation validate-template --template-body "file://$template" 2>&1 \
        >/dev/null) || fail "CloudFormation refuses $template: ${said//$'\n'/ }" '' 3
}

# What would change in a stack that exists. The change set is deleted unexecuted.
show_changes() {
    local stack=$1 said change_set
    said=$(aws "${deploy[@]}" --no-execute-changeset 2>&1) ||
        fail "CloudFormation would refuse it: ${said//$'\n'/ }" '' 3
    change_set=$(grep -o 'arn:[^ ]*:changeSet/[^ ]*' <<<"$said" || true)
    if [[ -z $change_set ]]; then
        say "nothing would change in the stack $stack"
        return
    fi
    say "what would change in the stack $stack:"
    aws cloudformation describe-change-set --change-set-name "$change_set" \
        --query 'Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement]' \
        --output text
    aws cloudformation delete-change-set --change-set-name "$change_set" >/dev/null
}

# deploy_stack STACK: creates or updates it, and prints its outputs.
deploy_stack() {
    local stack=$1 given=()
    mapfile -t given < <(overrides)
    deploy=(cloudformation deploy --stack-name "$stack" --template-file "$template"
        --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset)
    ((${#given[@]} == 0)) || deploy+=(--parameter-overrides "${given[@]}")
    change aws "${deploy[@]}" || {
        aws cloudformation describe-stack-events --stack-name "$stack" --output text \
            --query "StackEvents[?contains(ResourceStatus, 'FAILED')].\
[LogicalResourceId, ResourceStatusReason]" >&2 || true
        # A stack whose creation failed stands in the way of the next.
        [[ $(status_of "$stack") != ROLLBACK_COMPLETE ]] ||
            say "before the next try: aws cloudformation delete-stack --stack-name $stack"
        fail "the stack $stack was not deployed" \
            'the lines above tell which resource was refused; mend it and run this again' 3
    }
    if ! $dry_run; then
        aws cloudformation describe-stacks --stack-name "$stack" --output text \
            --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]' | sed '/^None$/d'
    elif [[ -n $(status_of "$stack") ]]; then
        show_changes "$stack"
    else
        check_template
    fi
}

find_zip() {
    if [[ -z $zip ]]; then
        zip=$root/build/exarch-lambda.zip
        if [[ ! -f $zip ]]; then
            [[ -x $root/script/package ]] || fail "$zip is missing" 'give one by --zip FILE'
            change "$root/script/package"
            if $dry_run && [[ ! -f $zip ]]; then
                key=exarch-lambda-DIGEST.zip
                return
            fi
        fi
    fi
    # Another zip gets another key: CloudFormation looks at names, not at content.
    key=exarch-lambda-$(sha256sum "$zip" | cut -c 1-16).zip
}

# Only into a bucket of this account: anybody could have taken its name.
put_zip() {
    local location=() ours=(--bucket "$bucket" --expected-bucket-owner "$account")
    ! aws s3api head-object "${ours[@]}" --key "$key" >/dev/null 2>&1 || return 0
    [[ $region == us-east-1 ]] ||
        location=(--create-bucket-configuration "LocationConstraint=$region")
    if ! aws s3api head-bucket "${ours[@]}" >/dev/null 2>&1; then
        change aws s3api create-bucket --bucket "$bucket" "${location[@]}"
        change aws s3api put-public-access-block "${ours[@]}" \
            --public-access-block-configuration "BlockPublicAcls=true,IgnorePublicAcls=true,\
BlockPublicPolicy=true,RestrictPublicBuckets=true"
    fi
    change aws s3api put-object "${ours[@]}" --key "$key" --body "$zip"
}

deploy_controller() {
    check_table
    bucket=${bucket:-$name-$account-$region}
    find_zip
    check_concurrency
    put_zip
    # script/package builds for the machine that it runs on.
    if [[ -z ${parameters[Architecture]-} && $(uname -m) == aarch64 ]]; then
        parameters[Architecture]=arm64
    fi
    parameters[Name]=$name
    parameters[CodeBucket]=$bucket
    parameters[CodeKey]=$key
    deploy_stack "$name"
}

deploy_alarms() {
    parameters[Name]=$name
    deploy_stack "$name-alarms"
}

# E1,E2 as ARNs of this account; * and ARNs as they are.
as_arns() {
    local id arns=()
    IFS=, read -ra ids <<<"$1"
    for id in "${ids[@]}"; do
        if [[ $id != '*' && $id != arn:* ]]; then
            id=arn:$partition:cloudfront::$account:distribution/$id
        fi
        arns+=("$id")
    done
    (IFS=, && echo "${arns[*]}")
}

deploy_target() {
    parameters[ControllerRole]=$controller_role
    parameters[Distributions]=$(as_arns "$distributions")
    deploy_stack "$name-target"
}

deploy_targets() {
    local set=$name-target key given=()
    parameters[ControllerRole]=$controller_role
    parameters[Distributions]=$distributions
    for key in "${!parameters[@]}"; do
        given+=("ParameterKey=$key,ParameterValue=\"${parameters[$key]}\"")
    done
    if $dry_run; then
        check_template
    fi
    if aws cloudformation describe-stack-set --stack-set-name "$set" >/dev/null 2>&1; then
        change aws cloudformation update-stack-set --stack-set-name "$set" \
            --template-body "file://$template" --parameters "${given[@]}" \
            --capabilities CAPABILITY_NAMED_IAM
        return
    fi
    change aws cloudformation create-stack-set --stack-set-name "$set" \
        --description "exarch's role in target accounts" \
        --template-body "file://$template" --parameters "${given[@]}" \
        --capabilities CAPABILITY_NAMED_IAM --permission-model SERVICE_MANAGED \
        --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false
    # IAM is the same in every region: one is enough.
    change aws cloudformation create-stack-instances --stack-set-name "$set" \
        --deployment-targets "OrganizationalUnitIds=$units" --regions "$region" \
        --operation-preferences FailureTolerancePercentage=100,MaxConcurrentPercentage=100
}

deploy_producer() {
    parameters[QueueArn]=$queue
    deploy_stack "$name-producer"
}

"deploy_$what"
