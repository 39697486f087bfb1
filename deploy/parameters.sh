#!/usr/bin/env bash
# deploy/parameters.sh: what a template says of its parameters, read by the layout that they have
# here. deploy.sh sources it, and says by `template` which one, and by `fail` what is wrong.

# Each on a line.
names_of() {
    sed -n '/^Parameters:$/,/^[A-Z]/s/^  \([A-Za-z0-9]*\):$/\1/p' "${template:?}"
}

# told KEY RULE: nothing where the template does not say it.
told() {
    sed -n "/^Parameters:\$/,/^[A-Z]/{/^  $1:\$/,/^  [A-Z]/s/^    $2: //p;}" "${template:?}"
}

# check_number KEY VALUE GIVEN: whole, as all of the templates' numbers are.
check_number() {
    local least most
    least=$(told "$1" MinValue)
    most=$(told "$1" MaxValue)
    if ! [[ $2 =~ ^[0-9]{1,9}$ ]] || ((10#$2 < ${least:-0} || 10#$2 > ${most:-999999999})); then
        fail "$3 is not allowed" "use a number from ${least:-0}${most:+ to $most}"
    fi
}

# check_value KEY VALUE GIVEN: CloudFormation would refuse it, too, but after the bucket is made.
check_value() {
    local values pattern right
    values=$(told "$1" AllowedValues | tr -d '"[]')
    [[ -z $values || ", $values, " == *", $2, "* ]] ||
        fail "$3 is not allowed" "use ${values//, / or }"
    if [[ $(told "$1" Type) == Number ]]; then
        check_number "$@"
    fi
    pattern=$(told "$1" AllowedPattern)
    [[ -n $pattern ]] || return 0
    # Of Java's expressions the templates use these two beyond what bash knows.
    pattern=$(sed -e 's/^"\(.*\)"$/\1/' -e 's/\\\\/\\/g' -e 's/\\d/[0-9]/g' \
        -e 's/\\w/A-Za-z0-9_/g' <<<"$pattern")
    right=$(told "$1" ConstraintDescription)
    # 1 is no match; 2, an expression that this system cannot read, tells nothing.
    (LC_ALL=C && [[ $2 =~ ^($pattern)$ ]]) || (($? == 2)) ||
        fail "$3 is not allowed" "it has to ${right:+be }${right:-match $pattern}"
}
