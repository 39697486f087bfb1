#include "sandbox/functions/function_log.hpp"

#include "sandbox/text.hpp"

#include <utility>

namespace exarch::sandbox::functions {

void FunctionLog::add(Line line) {
    line.number = ++total_;
    bytes_ += line.text.size();
    lines_.push_back(std::move(line));
    while (lines_.size() > lines_max || bytes_ > bytes_max) {
        bytes_ -= lines_.front().text.size();
        lines_.pop_front();
    }
}

boost::json::array FunctionLog::since(std::int64_t first, std::string_view function) const {
    boost::json::array array;
    for (const Line& line : lines_) {
        if (line.number < first || (!function.empty() && line.function != function)) {
            continue;
        }
        // A program may write what it likes.
        std::string text = line.text;
        if (!is_utf8(text)) {
            for (char& c : text) {
                c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
            }
        }
        array.push_back(boost::json::object{{"number", line.number},
                                            {"time", base::format(line.time)},
                                            {"function", line.function},
                                            {"stream", line.stream},
                                            {"text", std::move(text)}});
    }
    return array;
}

} // namespace exarch::sandbox::functions
