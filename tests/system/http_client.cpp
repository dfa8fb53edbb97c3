#include "http_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <sys/socket.h>

#include <exception>

namespace frontrow::test {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
/// Less than any listener's idle timeout, the operators' is two seconds: one that closes a connection just
/// when it is used again has no answer for us.
constexpr std::chrono::seconds kept_idle_max{1};
/// A seat list of a large hall has megabytes.
constexpr std::uint64_t answer_bytes_max = 64 * 1024 * 1024;

http::request<http::string_body> to_wire(const http_request& request) {
  http::request<http::string_body> wire;
  wire.version(11);
  wire.method_string(request.verb);
  wire.target(request.target);
  wire.set(http::field::host, "127.0.0.1");
  for (const auto& [name, value] : request.headers)
    wire.insert(name, value);
  wire.body() = request.body;
  wire.prepare_payload();
  return wire;
}

http_answer from_wire(http::response<http::string_body>&& wire) {
  http_answer answer;
  answer.status = wire.result_int();
  for (const auto& field : wire)
    answer.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  answer.body = std::move(wire.body());
  return answer;
}

http_answer lost(const std::string& why) {
  http_answer answer;
  answer.lost = why;
  return answer;
}

} // namespace

struct http_client::connection {
  explicit connection(asio::io_context& context) : stream(context) {}

  /// Whether the server has neither closed it nor said anything unasked, and is not about to.
  bool is_quiet() {
    if (std::chrono::steady_clock::now() - used > kept_idle_max)
      return false;
    char byte = 0;
    auto seen = ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  beast::tcp_stream stream;
  beast::flat_buffer received;
  std::chrono::steady_clock::time_point used = std::chrono::steady_clock::now();
};

http_request& http_request::with_json(const json& document) {
  body = document.dump();
  return with("Content-Type", "application/json");
}

std::string http_answer::header(std::string_view name) const {
  for (const auto& [field, value] : headers)
    if (beast::iequals(field, beast::string_view(name.data(), name.size())))
      return value;
  return {};
}

json http_answer::document() const { return json::parse(body, nullptr, false); }

std::string http_answer::code() const {
  auto problem = document();
  return problem.is_object() ? problem.value("code", "") : "";
}

std::string http_answer::text() const {
  return status == 0 ? "no answer: " + lost : std::to_string(status) + " " + body.substr(0, 600);
}

http_client::http_client(std::uint16_t port) : port_(port) {}
http_client::~http_client() = default;

void http_client::forget_connections() { idle_.clear(); }

std::unique_ptr<http_client::connection> http_client::kept(std::uint16_t port) {
  auto& idle = idle_[port];
  while (!idle.empty()) {
    auto last = std::move(idle.back());
    idle.pop_back();
    if (last->is_quiet())
      return last;
  }
  return nullptr;
}

asio::awaitable<std::string> http_client::dial(connection& fresh, std::uint16_t port) {
  fresh.stream.expires_after(answer_deadline);
  const tcp::endpoint there(asio::ip::address_v4::loopback(), port);
  auto [failed] = co_await fresh.stream.async_connect(there, as_result);
  if (failed)
    co_return "connect: " + failed.message();
  fresh.stream.socket().set_option(tcp::no_delay(true));
  co_return std::string();
}

asio::awaitable<http_answer> http_client::send(http_request request) { return send_to(port_, std::move(request)); }

asio::awaitable<http_answer> http_client::send_to(std::uint16_t port, http_request request) {
  auto link = kept(port);
  if (!link) {
    link = std::make_unique<connection>(context_);
    auto failed = co_await dial(*link, port);
    if (!failed.empty())
      co_return lost(failed);
  }
  auto wire = to_wire(request);
  link->stream.expires_after(answer_deadline);
  auto [not_written, written] = co_await http::async_write(link->stream, wire, as_result);
  // A server may answer and close before it has taken all of a request that it refuses: read in any case.
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  parser.skip(request.verb == "HEAD");
  auto [not_read, read] = co_await http::async_read(link->stream, link->received, parser, as_result);
  if (not_read)
    co_return lost((not_written ? "write: " + not_written.message() : "read: " + not_read.message()));
  auto response = parser.release();
  if (response.keep_alive() && !not_written) {
    link->used = std::chrono::steady_clock::now();
    idle_[port].push_back(std::move(link));
  }
  co_return from_wire(std::move(response));
}

asio::awaitable<void> http_client::pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(context_, time);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> http_client::pause_until(std::chrono::system_clock::time_point time) {
  asio::system_timer timer(context_, time);
  co_await timer.async_wait(asio::use_awaitable);
}

void http_client::run(std::vector<asio::awaitable<void>> tasks) {
  std::exception_ptr first;
  for (auto& task : tasks)
    asio::co_spawn(context_, std::move(task), [&first](std::exception_ptr thrown) {
      if (thrown && !first)
        first = thrown;
    });
  context_.restart();
  context_.run();
  if (first)
    std::rethrow_exception(first);
}

void http_client::run(asio::awaitable<void> task) {
  std::vector<asio::awaitable<void>> tasks;
  tasks.push_back(std::move(task));
  run(std::move(tasks));
}

namespace {

asio::awaitable<void> send_into(http_client& client, http_request request, http_answer& into) {
  into = co_await client.send(std::move(request));
}

} // namespace

http_answer http_client::ask(http_request request) {
  http_answer answer;
  run(send_into(*this, std::move(request), answer));
  return answer;
}

asio::awaitable<void> http_client::dial_one(std::size_t count_wanted) {
  auto fresh = std::make_unique<connection>(context_);
  auto failed = co_await dial(*fresh, port_);
  if (auto& idle = idle_[port_]; failed.empty() && idle.size() < count_wanted)
    idle.push_back(std::move(fresh));
}

std::vector<http_answer> http_client::ask_all(std::vector<http_request> requests) {
  auto& idle = idle_[port_];
  std::erase_if(idle, [](const auto& link) { return !link->is_quiet(); });
  std::vector<asio::awaitable<void>> tasks;
  for (auto missing = idle.size(); missing < requests.size(); ++missing)
    tasks.push_back(dial_one(requests.size()));
  run(std::move(tasks));
  tasks.clear();
  std::vector<http_answer> answers(requests.size());
  for (std::size_t at = 0; at < requests.size(); ++at)
    tasks.push_back(send_into(*this, std::move(requests[at]), answers[at]));
  run(std::move(tasks));
  return answers;
}

} // namespace frontrow::test
