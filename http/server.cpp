#include "http/server.hpp"

#include "http/connection.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <system_error>

namespace frontrow::http {

namespace {

using tcp = asio::ip::tcp;
using acceptor_type = asio::basic_socket_acceptor<tcp, io_executor>;

/// Connections beyond connections_max that are told so; those beyond these too are closed without a word.
constexpr std::size_t turned_away_max = 256;
/// Until the next try when accept fails: out of file descriptors, mostly.
constexpr auto accept_pause = std::chrono::milliseconds{50};
/// After the cut at the end of a stop, until the sockets' operations have come back.
constexpr auto after_cut = std::chrono::seconds{1};

void check(const boost::system::error_code& ec, const server_options& options) {
  if (ec)
    throw std::system_error(static_cast<std::error_code>(ec),
                            "cannot listen on " + options.address + " port " + std::to_string(options.port));
}

/// One listening socket for all threads, without SO_REUSEPORT: a second server on the port must fail, and
/// connections are dealt out evenly, one thread after the other.
void listen(acceptor_type& acceptor, const server_options& options) {
  boost::system::error_code ec;
  tcp::endpoint where{asio::ip::make_address(options.address, ec), options.port};
  check(ec, options);
  acceptor.open(where.protocol(), ec);
  check(ec, options);
  acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
  check(ec, options);
  acceptor.bind(where, ec);
  check(ec, options);
  acceptor.listen(options.backlog, ec);
  check(ec, options);
}

} // namespace

struct server::state {
  state(const server_options& with, front_door& door) : options(with) {
    auto threads = with.threads > 0 ? with.threads : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned made = 0; made < threads; ++made)
      workers.push_back(std::make_shared<io_worker>(with, door, count));
    acceptor.emplace(workers.front()->context);
    listen(*acceptor, with);
    port = acceptor->local_endpoint().port();
  }

  awaitable<void> accept_all();
  void welcome(const std::shared_ptr<io_worker>& worker, socket_type socket);

  server_options options;
  std::shared_ptr<connection_count> count = std::make_shared<connection_count>();
  std::vector<std::shared_ptr<io_worker>> workers;
  std::optional<acceptor_type> acceptor; ///< of the first worker, touched on its thread once started
  std::uint16_t port = 0;
  enum { fresh, running, stopped } phase = fresh;
};

void server::state::welcome(const std::shared_ptr<io_worker>& worker, socket_type socket) {
  auto how = connection::welcome::served;
  if (count->open() >= options.connections_max) {
    if (count->refused() >= turned_away_max)
      return;
    how = connection::welcome::turned_away;
  }
  auto fresh_one = std::make_shared<connection>(worker, std::move(socket), how);
  asio::post(worker->context, [fresh_one = std::move(fresh_one)] { fresh_one->start(); });
}

awaitable<void> server::state::accept_all() {
  asio::steady_timer pause{workers.front()->context};
  for (std::size_t turn = 0; acceptor->is_open(); ++turn) {
    const auto& worker = workers[turn % workers.size()];
    boost::system::error_code ec;
    socket_type socket{worker->context};
    co_await acceptor->async_accept(socket, asio::redirect_error(use_awaitable, ec));
    if (!ec) {
      welcome(worker, std::move(socket));
      continue;
    }
    if (!acceptor->is_open())
      break;
    pause.expires_after(accept_pause);
    co_await pause.async_wait(asio::redirect_error(use_awaitable, ec));
  }
}

server::server(const server_options& options, front_door& door)
    : state_(std::make_unique<state>(options, door)) {}

server::~server() {
  stop();
  for (const auto& worker : state_->workers)
    worker->run_leftovers();
}

void server::start() {
  state_->phase = state::running;
  asio::co_spawn(state_->workers.front()->context, state_->accept_all(), asio::detached);
  for (const auto& worker : state_->workers)
    worker->start();
}

void server::send_listeners_away() {
  for (const auto& worker : state_->workers)
    worker->send_listeners_away();
}

void server::stop() {
  if (state_->phase == state::stopped)
    return;
  if (std::exchange(state_->phase, state::stopped) == state::fresh)
    return;
  asio::post(state_->workers.front()->context, [state = state_.get()] {
    boost::system::error_code ec;
    state->acceptor->close(ec);
  });
  for (const auto& worker : state_->workers)
    worker->drain();
  auto& count = *state_->count;
  auto all_gone = count.wait_for_none(std::chrono::steady_clock::now() + state_->options.stop_timeout);
  if (!all_gone) {
    for (const auto& worker : state_->workers)
      worker->cut_all();
    all_gone = count.wait_for_none(std::chrono::steady_clock::now() + after_cut);
  }
  // A handler that still waits for its answer keeps its worker's objects alive, but not its thread.
  for (const auto& worker : state_->workers)
    worker->join(all_gone ? io_worker::ending::after_work : io_worker::ending::at_once);
}

std::uint16_t server::port() const {
  return state_->port;
}

std::size_t server::connections() const {
  return state_->count->open();
}

} // namespace frontrow::http
