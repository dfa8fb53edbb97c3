#pragma once

#include "http/io_worker.hpp"
#include "http/live_listener.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace frontrow::http {

class connection;

/// Between two signs of life on a silent stream; proxies close what is silent for a minute.
inline constexpr std::chrono::milliseconds stream_beat{15'000};

enum class stream_ending : std::uint8_t {
  client_left,
  over,          ///< everything was told
  told_to_leave, ///< this front stops
  dropped,       ///< the client did not read
};
std::string_view name_of(stream_ending how);

/// What the access log says of a stream when it ends.
struct stream_report {
  std::string trace_id;
  const route* matched = nullptr;
  domain::user_id caller = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0; ///< of events' bodies
  stream_ending ending = stream_ending::client_left;
};

/// A listener's events on its way to the client; part of a connection and on its thread. While nothing is
/// unsent it has no buffer.
class live_stream : public stream_end {
public:
  live_stream(connection& owner, socket_type& socket, io_worker& worker, std::shared_ptr<live_listener> to,
              const request_context& asked);
  ~live_stream() override;

  /// Until the connection is to be closed.
  virtual awaitable<void> run() = 0;
  /// `stream_beat` has passed.
  virtual void beat() = 0;
  /// Says that the client should come back elsewhere, after `retry`, and ends.
  virtual void leave(std::chrono::milliseconds retry) = 0;
  /// The client took nothing for too long.
  void dropped();
  /// Nothing is sent any more.
  void end();
  const stream_report& report() const { return report_; }

protected:
  void count(const live_event& sent);
  void ends(stream_ending how) { report_.ending = how; }
  live_listener& listener() { return *listener_; }
  void begin() { listener_->attach(this); }
  bool ended() const { return listener_ == nullptr; }

  connection& owner_;
  socket_type& socket_;
  io_worker& worker_;

private:
  std::shared_ptr<live_listener> listener_;
  stream_report report_;
};

} // namespace frontrow::http
