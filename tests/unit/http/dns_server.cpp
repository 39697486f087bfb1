#include "dns_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace exarch::http {

namespace asio = boost::asio;
using asio::ip::udp;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

namespace {

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;
constexpr std::uint16_t class_internet = 1;
constexpr unsigned server_failure = 2;
constexpr unsigned name_unknown = 3;

void append_number(std::string& text, std::uint64_t number, unsigned bytes) {
    for (unsigned i = bytes; i > 0; --i) {
        text += static_cast<char>(number >> (8 * (i - 1)) & 0xffU);
    }
}

struct Question {
    std::string name;
    std::uint16_t type = 0;
    /// As it came, to be repeated in the answer.
    std::string_view raw;
};

Question read_question(std::string_view packet) {
    constexpr std::size_t header_bytes = 12;
    Question question;
    std::size_t at = header_bytes;
    while (at < packet.size() && packet[at] != 0) {
        const auto length = static_cast<std::size_t>(packet[at]);
        question.name += question.name.empty() ? "" : ".";
        question.name += packet.substr(at + 1, length);
        at += length + 1;
    }
    question.type = static_cast<std::uint16_t>(static_cast<unsigned char>(packet.at(at + 2)));
    question.raw = packet.substr(header_bytes, at + 5 - header_bytes);
    return question;
}

std::string encode_record(const asio::ip::address& address, std::chrono::seconds ttl) {
    constexpr std::uint16_t name_of_question = 0xc00c;
    std::string record;
    append_number(record, name_of_question, 2);
    append_number(record, address.is_v4() ? type_a : type_aaaa, 2);
    append_number(record, class_internet, 2);
    append_number(record, static_cast<std::uint64_t>(ttl.count()), 4);
    if (address.is_v4()) {
        append_number(record, 4, 2);
        append_number(record, address.to_v4().to_uint(), 4);
    } else {
        append_number(record, 16, 2);
        for (const unsigned char byte : address.to_v6().to_bytes()) {
            append_number(record, byte, 1);
        }
    }
    return record;
}

} // namespace

struct DnsServer::State {
    enum class Mood { well, silent, half_silent, failing, raving };

    explicit State(asio::io_context& context)
        : socket(context, udp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

    static asio::awaitable<void> serve(std::shared_ptr<State> self) {
        for (;;) {
            std::array<char, 512> buffer;
            udp::endpoint from;
            const auto [error, bytes] =
                co_await self->socket.async_receive_from(asio::buffer(buffer), from, tuple);
            if (error) {
                co_return;
            }
            ++self->queries;
            const std::string reply = self->answer({buffer.data(), bytes});
            if (!reply.empty()) {
                co_await self->socket.async_send_to(asio::buffer(reply), from, tuple);
            }
        }
    }

    std::string answer(std::string_view packet) const {
        if (mood == Mood::silent) {
            return "";
        }
        if (mood == Mood::raving) {
            return std::string(packet.substr(0, 2)) + "\x81\x80\xff\xff\xff\xff\xff";
        }
        const Question question = read_question(packet);
        if (mood == Mood::half_silent && question.type == type_aaaa) {
            return "";
        }
        const auto known = entries.find(question.name);
        std::string records;
        std::uint64_t count = 0;
        if (known != entries.end() && mood != Mood::failing) {
            for (const std::string& text : known->second.addresses) {
                const auto address = asio::ip::make_address(text);
                if (question.type == (address.is_v4() ? type_a : type_aaaa)) {
                    records += encode_record(address, known->second.ttl);
                    ++count;
                }
            }
        }
        unsigned code = known == entries.end() ? name_unknown : 0;
        code = mood == Mood::failing ? server_failure : code;
        std::string reply(packet.substr(0, 2));
        append_number(reply, 0x8180U | code, 2);
        append_number(reply, 1, 2);
        append_number(reply, count, 2);
        append_number(reply, 0, 4);
        return reply + std::string(question.raw) + records;
    }

    udp::socket socket;
    std::map<std::string, Entry> entries;
    Mood mood = Mood::well;
    int queries = 0;
};

DnsServer::DnsServer(asio::io_context& context) : state_(std::make_shared<State>(context)) {
    asio::co_spawn(context, State::serve(state_), asio::detached);
}

DnsServer::~DnsServer() {
    state_->socket.close();
}

void DnsServer::tell(std::string name, Entry entry) {
    state_->entries[std::move(name)] = std::move(entry);
}

void DnsServer::fall_silent() {
    state_->mood = State::Mood::silent;
}

void DnsServer::drop_ipv6() {
    state_->mood = State::Mood::half_silent;
}

void DnsServer::fail() {
    state_->mood = State::Mood::failing;
}

void DnsServer::rave() {
    state_->mood = State::Mood::raving;
}

std::string DnsServer::server() const {
    return "127.0.0.1:" + std::to_string(state_->socket.local_endpoint().port());
}

int DnsServer::queries() const {
    return state_->queries;
}

} // namespace exarch::http
