#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace frontrow::http_test {

/// What a client got back. Header names in lower case.
struct reply {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// A TCP client that sends exactly what it is told to. Everything has a deadline, after which the test fails
/// by exception.
class raw_client {
public:
  static constexpr auto patience = std::chrono::seconds{20};

  explicit raw_client(std::uint16_t port);
  raw_client(raw_client&& other) noexcept;
  raw_client& operator=(raw_client&&) = delete;
  ~raw_client();

  /// False when the other side has gone.
  bool send(std::string_view bytes);
  /// Nothing when the connection ended before a whole answer came. `body_of`: what was asked with; a HEAD has
  /// no body.
  std::optional<reply> receive(std::string_view body_of = "GET");
  /// What comes up to and with `mark`; what there is, if the other side closes first.
  std::string read_until(std::string_view mark);
  /// send and receive; throws when no answer comes.
  reply ask(std::string_view bytes);
  /// Throws away what comes until the other side closes. False when it was a reset instead.
  bool wait_for_end();
  /// Whether a byte or the end is there now, or comes within the time.
  bool has_something(std::chrono::milliseconds within = {}) const;
  void finish_sending();
  /// Makes the kernel keep little of what is sent to us.
  void shrink_receive_buffer();

private:
  bool more();
  int socket_;
  int error_ = 0; ///< of the last receive that brought nothing; 0: a regular end
  std::string input_;
};

/// "GET <target> HTTP/1.1" with a Host and the given header lines ("Name: value\r\n" each).
std::string get(std::string_view target, std::string_view headers = {});
/// With Content-Length and Content-Type: application/json.
std::string post(std::string_view target, std::string_view body, std::string_view headers = {});

} // namespace frontrow::http_test
