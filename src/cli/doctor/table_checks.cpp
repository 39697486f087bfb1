#include "cli/doctor/table_checks.hpp"

#include "aws/partition.hpp"
#include "table/items/keys.hpp"
#include "table/table_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace exarch::cli {
namespace {

constexpr std::string_view index_name = "due";
constexpr std::string_view index_attributes =
    "AttributeName=kind,AttributeType=S AttributeName=due,AttributeType=N";
constexpr std::string_view index_json =
    R"("IndexName":"due","KeySchema":[{"AttributeName":"kind","KeyType":"HASH"},)"
    R"({"AttributeName":"due","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"})";

class TableExamination {
public:
    TableExamination(const TableProbe& probe, const MendContext& context)
        : probe_(probe), context_(context), subject_("table " + probe.name) {}

    Findings run() {
        if (!probe_.description.has_value()) {
            check_absence(probe_.description.error());
            return std::move(findings_);
        }
        const aws::TableDescription& description = *probe_.description;
        const base::Status fits = table::check_table(description, probe_.name);
        if (!fits.has_value()) {
            add(fits.error().message(), lacks_nothing_but_index() ? add_index() : "");
            return std::move(findings_);
        }
        for (const TableProbe::Right& right : probe_.rights) {
            check_right(right);
        }
        if (probe_.insertion && probe_.insertion->remedy == aws::Remedy::denied) {
            warn(fmt::format("these credentials may not dynamodb:PartiQLInsert on {}, so messages "
                             "are claimed one by one, which costs more than twice the processor "
                             "time: {}",
                             arn(),
                             aws::to_error(*probe_.insertion, "dynamodb:PartiQLInsert").message()),
                 context_.grant_controller());
        }
        if (probe_.time_to_live) {
            check_time_to_live(*probe_.time_to_live);
        }
        if (findings_.empty()) {
            findings_.push_back({Grade::good, subject_,
                                 "can be read and written; has the keys of "
                                 "a ledger, and loses what has expired"});
        }
        return std::move(findings_);
    }

private:
    void add(std::string what, std::string mend) {
        findings_.push_back({Grade::wrong, subject_, std::move(what), command(std::move(mend))});
    }

    [[nodiscard]] bool lacks_nothing_but_index() const {
        aws::TableDescription mended = *probe_.description;
        const bool has_index =
            std::ranges::find(mended.indexes, index_name, &aws::IndexDescription::name) !=
            mended.indexes.end();
        mended.indexes.push_back({.name = std::string(index_name),
                                  .status = "ACTIVE",
                                  .key = {{.name = "kind", .type = "S"},
                                          {.name = "due", .type = "N", .is_sort_key = true}}});
        return !has_index && table::check_table(mended, probe_.name).has_value();
    }

    /// A call of the aws command by whoever may make and change tables.
    [[nodiscard]] std::string aws_dynamodb(std::string_view what) const {
        return aws_command({.service = "dynamodb",
                            .region = probe_.region,
                            .endpoint_url = probe_.endpoint_url,
                            .account = context_.principal.account},
                           what);
    }

    [[nodiscard]] std::string create_table() const {
        const std::string name = shell_word(probe_.name);
        return aws_dynamodb(fmt::format(
                   "create-table --table-name {} --billing-mode PAY_PER_REQUEST "
                   "--attribute-definitions AttributeName=pk,AttributeType=S "
                   "AttributeName=sk,AttributeType=S {} "
                   "--key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE "
                   "--global-secondary-indexes {}",
                   name, index_attributes, shell_word(fmt::format("[{{{}}}]", index_json)))) +
               "\n" + aws_dynamodb(fmt::format("wait table-exists --table-name {}", name)) + "\n" +
               set_time_to_live(table::expiry_attribute, true);
    }

    [[nodiscard]] std::string set_time_to_live(std::string_view attribute, bool is_enabled) const {
        return aws_dynamodb(fmt::format(
            "update-time-to-live --table-name {} --time-to-live-specification {}",
            shell_word(probe_.name),
            shell_word(fmt::format("Enabled={},AttributeName={}", is_enabled, attribute))));
    }

    [[nodiscard]] std::string add_index() const {
        return aws_dynamodb(
            fmt::format("update-table --table-name {} --attribute-definitions {} "
                        "--global-secondary-index-updates {}",
                        shell_word(probe_.name), index_attributes,
                        shell_word(fmt::format(R"([{{"Create":{{{}}}}}])", index_json))));
    }

    [[nodiscard]] std::string arn() const {
        return fmt::format("arn:{}:dynamodb:{}:{}:table/{}", aws::partition_of(probe_.region).name,
                           probe_.region.value(), context_.principal.account.value(), probe_.name);
    }

    void check_absence(const aws::Failure& failure) {
        const std::string why = aws::to_error(failure, "DescribeTable").message();
        if (failure.remedy == aws::Remedy::not_found) {
            add(fmt::format("does not exist in {}: {}", probe_.region.value(), why),
                create_table());
        } else if (failure.remedy == aws::Remedy::denied) {
            check_right({.action = "dynamodb:DescribeTable", .attempt = failure});
        } else {
            add("cannot be examined: " + why, "");
        }
    }

    void check_right(const TableProbe::Right& right) {
        if (!right.attempt.has_value()) {
            return;
        }
        const std::string why = aws::to_error(*right.attempt, right.action).message();
        if (right.attempt->remedy != aws::Remedy::denied) {
            add("cannot be used: " + why, "");
            return;
        }
        add(fmt::format("these credentials may not {} on {}{}: {}", right.action, arn(),
                        right.is_of_index ? "/index/due" : "", why),
            context_.grant_controller());
    }

    /// A ledger can be kept in a table that loses nothing, so nothing here is wrong.
    void check_time_to_live(const aws::Outcome<aws::TimeToLive>& told) {
        if (!told.has_value()) {
            explain_unknown_time_to_live(told.error());
            return;
        }
        const bool is_on = told->status == "ENABLED" || told->status == "ENABLING";
        const std::string grows = "nothing that has expired is deleted, and the table grows for "
                                  "ever";
        if (is_on && told->attribute == table::expiry_attribute) {
            return;
        }
        if (is_on) {
            warn(fmt::format("its time to live goes by `{}` and not by `{}`: {}; DynamoDB takes "
                             "about an hour from one change to the next, so end that one first, "
                             "and ask again then",
                             told->attribute, table::expiry_attribute, grows),
                 set_time_to_live(told->attribute, false));
        } else if (told->status == "DISABLING") {
            warn(fmt::format("its time to live is just being disabled: {}; ask again in an hour, "
                             "for until then DynamoDB takes no other change",
                             grows),
                 "");
        } else {
            warn(fmt::format("has no time to live: {}; enable it by the attribute `{}`", grows,
                             table::expiry_attribute),
                 set_time_to_live(table::expiry_attribute, true));
        }
    }

    void explain_unknown_time_to_live(const aws::Failure& failure) {
        const std::string why = aws::to_error(failure, "dynamodb:DescribeTimeToLive").message();
        const bool is_denied = failure.remedy == aws::Remedy::denied;
        const std::string what =
            is_denied ? fmt::format("these credentials may not dynamodb:DescribeTimeToLive on {}, "
                                    "so it is not known whether it loses what has expired: {}",
                                    arn(), why)
                      : "does not tell whether it loses what has expired: " + why;
        findings_.push_back({Grade::note, subject_, what,
                             command(is_denied ? context_.grant_controller() : std::string())});
    }

    void warn(std::string what, std::string mend) {
        findings_.push_back({Grade::warning, subject_, std::move(what), command(std::move(mend))});
    }

    const TableProbe& probe_;
    const MendContext& context_;
    std::string subject_;
    Findings findings_;
};

} // namespace

Findings check_table(const TableProbe& probe, const MendContext& context) {
    return TableExamination(probe, context).run();
}

} // namespace exarch::cli
