#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::test {

namespace asio = boost::asio;
using nlohmann::json;

/// A request as a value: made by one, sent by another, sent again.
struct http_request {
  http_request(std::string verb_, std::string target_) : verb(std::move(verb_)), target(std::move(target_)) {}

  http_request& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  /// The body, with its content type.
  http_request& with_json(const json& document);

  std::string verb;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// The answer, or in `lost` why there was none.
struct http_answer {
  http_answer() = default;

  unsigned status = 0; ///< 0: none came
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string lost;

  /// Empty when there is no such header.
  std::string header(std::string_view name) const;
  /// The body as JSON; a discarded value when it is none.
  json document() const;
  /// The problem's `code`; empty when the body is no problem document.
  std::string code() const;
  /// Status and body, for a failing test's message.
  std::string text() const;
};

/// A client that keeps its connections, as many as are needed at once: one thread serves thousands.
///
/// A connection that the server has closed meanwhile is not used again; a request whose answer does not come is
/// never sent a second time by itself. Not thread-safe: everything happens on the thread that calls `run`.
class http_client {
public:
  explicit http_client(std::uint16_t port);
  ~http_client();

  /// One request, waited for.
  http_answer ask(http_request request);
  /// All at once, each on its own connection, all of which are open before the first is sent. Answers in order.
  std::vector<http_answer> ask_all(std::vector<http_request> requests);

  /// For coroutines run by `run`.
  asio::awaitable<http_answer> send(http_request request);
  /// To another port of this machine.
  asio::awaitable<http_answer> send_to(std::uint16_t port, http_request request);
  asio::awaitable<void> pause(std::chrono::milliseconds time);
  asio::awaitable<void> pause_until(std::chrono::system_clock::time_point time);
  /// Runs them all, side by side, until each has ended. Throws what they throw.
  void run(std::vector<asio::awaitable<void>> tasks);
  void run(asio::awaitable<void> task);

  /// Closes the kept connections.
  void forget_connections();
  std::uint16_t port() const { return port_; }

  /// How long an answer may take before it counts as lost: longer than anything the server allows itself.
  static constexpr std::chrono::seconds answer_deadline{60};

private:
  struct connection;
  using connections = std::vector<std::unique_ptr<connection>>;
  std::unique_ptr<connection> kept(std::uint16_t port);
  asio::awaitable<std::string> dial(connection& fresh, std::uint16_t port);
  asio::awaitable<void> dial_one(std::size_t count_wanted);

  std::uint16_t port_;
  asio::io_context context_{1};
  std::map<std::uint16_t, connections> idle_; ///< by port
};

} // namespace frontrow::test
