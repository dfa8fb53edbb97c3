#pragma once

#include "http/metrics.hpp"
#include "http/peer_address.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>

namespace frontrow::http {

enum class stream_kind : std::uint8_t { queue, seats };

struct listener_limits {
  /// http.listeners-max: open streams in all. One costs some 5 KB here and 3 to 20 KB in the kernel.
  std::size_t all_max = 20'000;
  /// http.listeners-per-address-max: of one address (IPv6: one /64). A campus or a carrier may be behind it.
  std::size_t per_address_max = 5'000;
};

/// What is counted of all streams of a kind.
struct listener_figures {
  prometheus::Gauge& open;
  prometheus::Counter& events;
  prometheus::Counter& dropped;
};

class listener_count;

/// The right to one open stream; lets go of it when it ends. Any thread.
class listener_ticket {
public:
  listener_ticket(listener_ticket&& other) noexcept;
  listener_ticket& operator=(listener_ticket&&) = delete;
  ~listener_ticket();
  listener_figures& figures() const;

private:
  friend class listener_count;
  struct shared_count;
  listener_ticket(std::shared_ptr<shared_count> of, const peer_address& network, stream_kind kind);

  std::shared_ptr<shared_count> of_;
  peer_address network_;
  stream_kind kind_;
};

/// How many streams are open. Any thread.
class listener_count {
public:
  enum class refusal : std::uint8_t {
    too_many,
    too_many_of_address,
    leaving, ///< this front stops
  };

  listener_count(const listener_limits& limits, metrics& figures);
  ~listener_count();

  std::variant<listener_ticket, refusal> admit(const peer_address& peer, stream_kind kind);
  /// Nobody is admitted from here on.
  void close_door();
  std::size_t open() const;

private:
  std::shared_ptr<listener_ticket::shared_count> shared_;
};

} // namespace frontrow::http
