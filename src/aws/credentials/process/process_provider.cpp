#include "aws/credentials/process/process_provider.hpp"

#include "aws/credentials/document.hpp"
#include "aws/credentials/process/command_line.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace exarch::aws {

ProcessProvider::ProcessProvider(boost::asio::any_io_executor executor,
                                 const base::Environment& environment, std::string profile,
                                 std::string command, CommandLimits limits)
    : executor_(std::move(executor)), environment_(environment),
      source_(fmt::format("credential_process of the profile {}", profile)),
      command_(std::move(command)), limits_(limits) {}

boost::asio::awaitable<base::Result<sigv4::Credentials>> ProcessProvider::get() {
    base::Result<std::vector<std::string>> arguments = split_command(command_);
    if (!arguments.has_value()) {
        co_return std::unexpected(arguments.error().within(source_));
    }
    const base::Result<base::Secret> output =
        co_await run_command(executor_, environment_, std::move(*arguments), limits_);
    if (!output.has_value()) {
        co_return std::unexpected(output.error().within(source_));
    }
    co_return parse_process_document(output->reveal(), source_);
}

} // namespace exarch::aws
