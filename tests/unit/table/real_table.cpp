#include "unit/table/real_table.hpp"

#include "http/url.hpp"

namespace exarch::table {
namespace {

aws::Endpoint endpoint_at(const std::string& address) {
    return {.origin = http::parse_url(address).value().origin,
            .path_prefix = "",
            .signing_name = "dynamodb",
            .signing_region = base::Region("eu-west-1")};
}

sigv4::Credentials any_keys() {
    sigv4::Credentials keys;
    keys.access_key_id = sigv4::AccessKeyId("AKIDEXAMPLE");
    keys.secret_access_key = base::Secret("example");
    return keys;
}

} // namespace

RealTable::RealTable(boost::asio::io_context& io, const std::string& address,
                     const std::string& name)
    : environment_({}), client_(io.get_executor(), clock_, environment_), caller_(client_, clock_),
      credentials_(any_keys()),
      dynamodb_(caller_, credentials_, endpoint_at(address), aws::TableName(name)),
      table_(dynamodb_, clock_, [] { return 1.0; }) {}

} // namespace exarch::table
