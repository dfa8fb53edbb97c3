#pragma once

#include "http/front_door.hpp"
#include "http/request_parser.hpp"
#include "http/server_options.hpp"
#include "persistence/commit_round.hpp"

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace frontrow::actors {
class letter_round;
} // namespace frontrow::actors

namespace frontrow::http {

using socket_type = asio::basic_stream_socket<asio::ip::tcp, io_executor>;
using descriptor_type = asio::posix::basic_stream_descriptor<io_executor>;

/// What a connection is waiting for, each with a time limit of its own. `nothing`: a handler runs. `next_request`: its
/// first byte, for a moment; then `first_byte`. `listening`: a stream is open, and nothing of it unsent.
enum class waiting_for : std::uint8_t { nothing, next_request, first_byte, request, writing, last_words, listening };

/// What a connection needs while a request is under way, and only then: an idle connection has none.
struct exchange {
  /// What has arrived and is not parsed: in the connection's own few bytes, or in `input`.
  std::string_view unread;
  /// Where larger requests flow through, header and body; must hold the largest header, see io_worker.
  std::vector<char> input;
  request_text text;
  std::optional<request_parser> parser;
  std::string decoded_path;
  /// What the socket did not take at once of an answer's head or small body.
  std::string output;
  request_context context;
};

/// Counts connections over all workers and lets stop() wait for the last.
class connection_count {
public:
  std::size_t open() const { return open_; }
  std::size_t refused() const { return refused_; }
  std::atomic<std::size_t>& open_counter() { return open_; }
  std::atomic<std::size_t>& refused_counter() { return refused_; }
  void ended();
  /// Whether all were gone before the deadline.
  bool wait_for_none(std::chrono::steady_clock::time_point deadline);

private:
  std::atomic<std::size_t> open_{0};
  std::atomic<std::size_t> refused_{0};
  std::mutex mutex_;
  std::condition_variable gone_;
};

class connection;

using auto_unlink = boost::intrusive::link_mode<boost::intrusive::auto_unlink>;
using list_hook = boost::intrusive::list_member_hook<auto_unlink>;

/// One I/O thread with its connections. What is not marked
/// otherwise belongs to that thread. Connections hold it, so that one whose handler is still out after a stop
/// finds everything in place.
class io_worker : public std::enable_shared_from_this<io_worker> {
public:
  using time_point = std::chrono::steady_clock::time_point;

  io_worker(const server_options& with, front_door& to, std::shared_ptr<connection_count> all);
  ~io_worker();

  void start();
  /// Any thread. Closes idle connections, lets the others finish.
  void drain();
  /// Any thread. Tells all listeners to come back elsewhere, those who come from here on as well.
  void send_listeners_away();
  /// Any thread. Closes the sockets of all connections.
  void cut_all();
  /// Ends the thread and waits for it: when all its work has come back, or at once.
  enum class ending { after_work, at_once };
  void join(ending how);
  /// After join, on the caller's thread: runs what has come in since, so that a handler whose answer came
  /// late ends and lets go of its connection.
  void run_leftovers();

  bool draining() const { return draining_; }
  bool listeners_leave() const { return listeners_leave_; }
  /// When one listener should come back: at random, so that they do not come all at once.
  std::chrono::milliseconds draw_retry();
  void watch(connection& each, waiting_for what);
  void add(connection& fresh);
  std::unique_ptr<exchange> take_exchange();
  void give_back(std::unique_ptr<exchange> used);
  /// Which row of handlers this is: whatever had to wait for another thread goes on in a later one.
  std::uint64_t round() const { return round_; }
  /// Empty, and anybody's again as soon as the thread goes on to another connection.
  std::string& room_to_answer();
  /// The Date header's value, made once a second.
  const std::string& http_date();
  /// Most that `exchange::input` grows to.
  std::size_t input_max() const { return input_max_; }

  const server_options options;
  front_door& door;
  const std::shared_ptr<connection_count> count;
  asio::io_context context{1};

private:
  /// A commit that this thread sent and hears of.
  struct heard_commit {
    heard_commit(asio::io_context& in, persistence::commit_under_way sent)
        : commit(std::move(sent)), database(in.get_executor()) {
      boost::system::error_code ec; // cannot be watched: waiting fails, and the writer's thread hears it
      database.assign(commit.socket(), ec);
      if (!ec)
        commit.take_socket();
    }
    persistence::commit_under_way commit;
    descriptor_type database;
  };

  struct lists;
  void run();
  enum class row_end { nothing_ready, full };
  row_end finish_row(actors::letter_round& letters);
  void sweep();
  awaitable<void> sweep_regularly();
  /// Until the commit is over; then it is told with the next letters.
  awaitable<void> hear(std::list<heard_commit>::iterator at);
  /// Nothing goes on but what is under way; commits are heard by the writer's thread from here on.
  void end();

  asio::executor_work_guard<io_executor> work_;
  asio::steady_timer sweeper_;
  std::thread thread_;
  std::uint64_t round_ = 0;
  bool draining_ = false;
  bool listeners_leave_ = false;
  std::minstd_rand chance_{std::random_device{}()};
  bool ended_ = false;
  std::size_t input_max_;
  std::unique_ptr<lists> lists_;
  std::list<heard_commit> heard_;
  std::vector<std::unique_ptr<exchange>> spare_;
  std::string answer_;
  std::string date_;
  domain::instant date_made_at_{};
};

} // namespace frontrow::http
