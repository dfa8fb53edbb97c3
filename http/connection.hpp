#pragma once

#include "http/io_worker.hpp"
#include "http/live_stream.hpp"

#include <array>
#include <memory>

namespace frontrow::http {

/// One client's connection: reads a request, has it answered, writes the answer, and again. Lives on one
/// I/O thread. Idle, it is this object, one suspended coroutine and a socket.
class connection : public std::enable_shared_from_this<connection> {
public:
  /// `turned_away`: beyond connections_max; says 503 and closes.
  enum class welcome { served, turned_away };

  connection(std::shared_ptr<io_worker> worker, socket_type socket, welcome how);
  ~connection();

  /// On the worker's thread.
  void start();
  /// Cuts it: whatever it waits for fails now.
  void cut();
  /// The time for what it waits for is over.
  void is_late();
  /// The stream that it carries; null: it answers requests.
  live_stream* stream() { return stream_.get(); }
  bool is_idle() const { return waits_for == waiting_for::next_request || waits_for == waiting_for::first_byte; }

  list_hook in_all;
  list_hook in_deadlines;
  io_worker::time_point deadline{};
  waiting_for waits_for = waiting_for::nothing;

private:
  enum class next { keep, close, last_words, listen };

  awaitable<void> run();
  awaitable<next> serve();
  std::optional<error_code> parse_unread();
  awaitable<std::optional<error_code>> read_rest();
  asio::mutable_buffer room_to_read();
  std::optional<response> unanswerable();
  awaitable<next> begin_stream(response answered);
  awaitable<void> listen();
  using unsent = std::array<asio::const_buffer, 2>;
  unsent lay_out(const response& answered, next then);
  bool write_now(unsent& pieces);
  bool is_at_its_end();
  awaitable<bool> write_rest(unsent pieces);
  awaitable<void> last_words();
  bool parse_some(beast::error_code& ec);
  void put_head(std::string& out, const response& answered, next then) const;

  /// Where a usual request lands whole.
  std::array<char, 512> first_bytes_;
  std::shared_ptr<io_worker> worker_;
  socket_type socket_;
  std::unique_ptr<exchange> work_;
  std::unique_ptr<live_stream> stream_;
  std::uint64_t head_wire_bytes_ = 0;
  std::uint64_t body_wire_bytes_ = 0;
  peer_address peer_;
  welcome how_;
};

} // namespace frontrow::http
