#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::bench {

/// How each of the crowd learns of their admission.
enum class hearing : std::uint8_t {
  by_stream, ///< server-sent events
  by_socket, ///< a WebSocket
  by_polls,  ///< GET /api/v1/queue after pollAfterMs, over a connection that is kept
};

/// Thousands of people with a place in a queue, one connection each, on one thread (epoll): so that what a
/// client costs is small and the same however they hear.
class listening_crowd {
public:
  struct figures {
    std::vector<double> delays_ms; ///< from the admission to its coming here, of all who were let in
    std::uint64_t messages = 0;    ///< events or answers
    std::uint64_t bytes = 0;
    std::size_t lost = 0; ///< connections that ended
  };

  /// One connection for each token. Throws std::runtime_error when one cannot be had.
  listening_crowd(std::uint16_t port, std::vector<std::string> tokens, hearing how,
                  std::chrono::milliseconds shopping_time);
  ~listening_crowd();
  listening_crowd(const listening_crowd&) = delete;
  listening_crowd& operator=(const listening_crowd&) = delete;

  /// Reads (and polls) for so long, or until `enough` of them were let in.
  void run(std::chrono::milliseconds time, std::size_t enough = SIZE_MAX);
  /// Since the last time this was asked.
  figures take() { return std::exchange(figures_, {}); }
  /// How many have heard of their place at least once.
  std::size_t served() const { return served_; }

private:
  using clock = std::chrono::steady_clock;
  struct client {
    int socket = -1;
    std::string input;
    bool served = false;
    bool active = false;
  };

  void dial(std::uint16_t port, std::size_t at);
  void ask(std::size_t at);
  void read(std::size_t at);
  void answer_ping(client& one) const;
  bool take_message(client& one, std::string& message) const;
  void hear(std::size_t at, const std::string& message);
  std::string request_of(std::size_t at) const;

  hearing how_;
  std::chrono::milliseconds shopping_time_;
  std::vector<std::string> tokens_;
  std::vector<client> clients_;
  int poller_ = -1;
  using turn = std::pair<clock::time_point, std::size_t>;
  std::priority_queue<turn, std::vector<turn>, std::greater<>> polls_;
  figures figures_;
  std::size_t served_ = 0;
  std::size_t active_ = 0;
};

} // namespace frontrow::bench
