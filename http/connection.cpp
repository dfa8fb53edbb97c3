#include "http/connection.hpp"

#include "http/event_stream.hpp"
#include "http/event_text.hpp"
#include "http/request_room.hpp"
#include "http/target.hpp"
#include "http/websocket_stream.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <tuple>

namespace frontrow::http {

namespace {

namespace bhttp = beast::http;
using system_error = boost::system::error_code;

/// Smaller answers are copied behind their header and sent in one piece.
constexpr std::size_t joined_body_max = 16 * 1024;
/// First size of the read buffer: a usual request fits; a larger header makes it grow to input_max().
constexpr std::size_t input_first = 4 * 1024;
/// What a body may take on the wire for each byte of body_bytes_max: small chunks are honest, a flood of
/// chunk extensions or trailers is not.
constexpr std::uint64_t chunk_overhead_max = 8;
/// Thrown away at once while a connection is being closed.
constexpr std::size_t discard_bytes = 4 * 1024;

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

http::error_code refusal_of(const beast::error_code& ec) {
  if (ec == bhttp::error::body_limit)
    return http::error_code::payload_too_large;
  if (ec == bhttp::error::header_limit)
    return http::error_code::headers_too_large;
  return http::error_code::invalid_request;
}

std::string_view detail_of(http::error_code code) {
  switch (code) {
  case http::error_code::payload_too_large:
    return "The body is larger than this server takes";
  case http::error_code::headers_too_large:
    return "The request line and headers are larger than this server takes";
  default:
    return "This is not a well-formed HTTP/1.1 request";
  }
}

/// What lies unsent in the kernel for one who does not read, and how long for one who is gone without a word.
void fit_to_listener(socket_type& socket, int send_buffer_bytes) {
  constexpr int receive_buffer_bytes = 4 * 1024;
  constexpr unsigned gone_after_ms = 45'000; // longer than http.write-timeout-ms: those are counted
  system_error ec;
  socket.set_option(socket_type::send_buffer_size{send_buffer_bytes}, ec);
  socket.set_option(socket_type::receive_buffer_size{receive_buffer_bytes}, ec);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &gone_after_ms, sizeof gone_after_ms);
}

} // namespace

connection::connection(std::shared_ptr<io_worker> worker, socket_type socket, welcome how)
    : worker_(std::move(worker)), socket_(std::move(socket)), how_(how) {
  auto& counter =
      how_ == welcome::served ? worker_->count->open_counter() : worker_->count->refused_counter();
  ++counter;
}

connection::~connection() {
  auto& counter =
      how_ == welcome::served ? worker_->count->open_counter() : worker_->count->refused_counter();
  --counter;
  worker_->count->ended();
}

void connection::start() {
  system_error ec;
  auto remote = socket_.remote_endpoint(ec);
  socket_.non_blocking(true, ec);
  socket_.set_option(asio::ip::tcp::no_delay{true}, ec);
  auto address = remote.address();
  peer_.bytes =
      (address.is_v6() ? address.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()))
          .to_bytes();
  worker_->add(*this);
  asio::co_spawn(
      socket_.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void connection::cut() {
  system_error ec;
  socket_.close(ec);
}

void connection::is_late() {
  if (waits_for == waiting_for::listening)
    return stream_->beat();
  if (waits_for == waiting_for::next_request && !is_at_its_end())
    return worker_->watch(*this, waiting_for::first_byte);
  if (stream_ && waits_for == waiting_for::writing)
    stream_->dropped();
  cut();
}

/// Whether the client has said that nothing more will come; see request_room.
bool connection::is_at_its_end() {
  char waiting = 0;
  system_error ec;
  socket_.receive(asio::buffer(&waiting, 1), socket_type::message_peek, ec);
  return ec == asio::error::eof;
}

awaitable<void> connection::run() {
  auto self = shared_from_this();
  auto then = next::keep;
  if (how_ == welcome::turned_away) {
    request_context asked;
    asked.peer = peer_;
    auto answered = worker_->door.refuse(asked, http::error_code::unavailable, "Too many connections");
    work_ = worker_->take_exchange();
    work_->context.trace_id = asked.trace_id;
    auto pieces = lay_out(answered, next::last_words);
    const auto written = write_now(pieces) || co_await write_rest(pieces);
    then = written ? next::last_words : next::close;
  }
  while (then == next::keep) {
    if (!work_) {
      if (worker_->draining())
        break;
      worker_->watch(*this, waiting_for::next_request);
      const auto [ec, count] = co_await socket_.async_read_some(
          request_room{first_bytes_.data(), first_bytes_.size()}, asio::as_tuple(asio::deferred));
      worker_->watch(*this, waiting_for::nothing);
      if (ec)
        break;
      work_ = worker_->take_exchange();
      work_->unread = {first_bytes_.data(), count};
    }
    then = co_await serve();
    if (then == next::listen || work_->unread.empty())
      worker_->give_back(std::move(work_));
  }
  if (then == next::listen)
    co_await listen();
  if (then == next::last_words && socket_.is_open())
    co_await last_words();
  worker_->watch(*this, waiting_for::nothing);
  cut();
}

awaitable<connection::next> connection::serve() {
  auto& work = *work_;
  work.text.clear();
  work.context = {};
  work.context.peer = peer_;
  auto& parser = work.parser.emplace(work.text, std::string_view{first_bytes_.data(), first_bytes_.size()});
  parser.header_limit(static_cast<std::uint32_t>(worker_->options.header_bytes_max));
  parser.body_limit(worker_->options.body_bytes_max);
  head_wire_bytes_ = 0;
  body_wire_bytes_ = 0;

  auto refused = parse_unread();
  if (!refused && !parser.is_done()) // a usual request is there whole, and needs no coroutine to be read
    refused = co_await read_rest();
  if (!socket_.is_open() || (!parser.is_done() && !refused))
    co_return next::close;
  if (parser.is_header_done()) {
    work.context.verb = parser.verb();
    work.context.headers = parser.headers();
  }
  if (refused) {
    auto answered = worker_->door.refuse(work.context, *refused, detail_of(*refused));
    auto pieces = lay_out(answered, next::last_words);
    const auto written = write_now(pieces) || co_await write_rest(pieces);
    co_return written ? next::last_words : next::close;
  }
  const auto begun_in = worker_->round();
  auto answered = unanswerable();
  if (!answered)
    answered = co_await worker_->door.handle(work.context);
  // Whoever was answered at once waits until the others of this round are: what goes out in a row wakes a
  // client that has many connections once, not each time anew.
  if (worker_->round() == begun_in)
    co_await asio::post(socket_.get_executor(), asio::deferred);
  if (answered->stream)
    co_return co_await begin_stream(std::move(*answered));
  auto then = parser.keep_alive() && !worker_->draining() ? next::keep : next::last_words;
  auto pieces = lay_out(*answered, then);
  const auto written = write_now(pieces) || co_await write_rest(pieces); // GCC 12 does it twice within a `?:`
  co_return written ? then : next::close;
}

/// Fills in path, query and body. The refusal, if what was read is nothing that the door could handle.
std::optional<response> connection::unanswerable() {
  auto& context = work_->context;
  auto& door = worker_->door;
  auto target = parse_target(work_->parser->target(), work_->decoded_path);
  context.path = target.path;
  context.query_text = target.query;
  context.body = work_->text.body;
  if (!work_->parser->is_complete_and_sound())
    return door.refuse(context, http::error_code::invalid_request,
                       "HTTP/1.1 needs a Host header, and no Expect but 100-continue is understood");
  if (target.result == parsed_target::outcome::malformed)
    return door.refuse(context, http::error_code::invalid_request, "The request target is malformed");
  if (target.result == parsed_target::outcome::no_path)
    return door.refuse(context, http::error_code::not_found, "There is nothing at this path");
  return std::nullopt;
}

/// Gives the parser what has been read. False when it needs more.
bool connection::parse_some(beast::error_code& ec) {
  auto& work = *work_;
  auto behind_header = work.parser->is_header_done();
  auto used = work.parser->put(asio::buffer(work.unread), ec);
  work.unread.remove_prefix(used);
  (behind_header ? body_wire_bytes_ : head_wire_bytes_) += used;
  auto needs_more = ec == bhttp::error::need_more;
  if (needs_more)
    ec = {};
  if (ec)
    return true;
  // Beast holds each line against its limit; many lines are ours to count. It stops behind the header, so
  // what it used until then is the header, and what it has not used while there is no end is header too.
  auto of_header = head_wire_bytes_ + (work.parser->is_header_done() ? 0 : work.unread.size());
  if (of_header > worker_->options.header_bytes_max)
    ec = bhttp::error::header_limit;
  else if (body_wire_bytes_ > worker_->options.body_bytes_max * chunk_overhead_max)
    ec = bhttp::error::body_limit;
  return ec || !needs_more;
}

/// What is wrong with what has been read so far, if anything.
std::optional<error_code> connection::parse_unread() {
  beast::error_code ec;
  while (!ec && !work_->parser->is_done() && !work_->unread.empty() && parse_some(ec)) {
  }
  return ec ? std::optional{refusal_of(ec)} : std::nullopt;
}

/// What is wrong with the request, if anything. When nothing is and the parser is still not done, its time was over.
awaitable<std::optional<error_code>> connection::read_rest() {
  auto& parser = *work_->parser;
  auto told_to_go_on = false;
  std::optional<error_code> wrong;
  while (!wrong && !parser.is_done()) {
    if (parser.is_header_done() && !told_to_go_on && parser.wants_continue() && work_->unread.empty()) {
      told_to_go_on = true;
      unsent pieces{asio::buffer(continue_line)};
      if (!write_now(pieces) && !co_await write_rest(pieces))
        co_return std::nullopt;
    }
    if (work_->unread.size() == worker_->input_max()) { // a chunk's header without an end
      wrong = http::error_code::invalid_request;
      break;
    }
    // What woke us is usually there already; only otherwise is it worth going to sleep.
    const auto room = room_to_read();
    beast::error_code ec;
    auto count = socket_.read_some(room, ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) {
      if (waits_for != waiting_for::request)
        worker_->watch(*this, waiting_for::request);
      std::tie(ec, count) = co_await socket_.async_read_some(room, asio::as_tuple(asio::deferred));
    }
    if (ec && ec != asio::error::eof)
      cut();
    work_->unread = {work_->input.data(), work_->unread.size() + count};
    if (!socket_.is_open())
      break;
    if (ec || count == 0) // half a request, then nothing more: whoever only closed its sending side is still told
      wrong = http::error_code::invalid_request;
    else
      wrong = parse_unread();
  }
  worker_->watch(*this, waiting_for::nothing);
  co_return wrong;
}

/// Where the next bytes of a request go: behind those that are unread.
asio::mutable_buffer connection::room_to_read() {
  auto& input = work_->input;
  auto& unread = work_->unread;
  const auto kept = unread.size();
  if (kept < input.size()) {
    std::memmove(input.data(), unread.data(), kept);
  } else {
    std::vector<char> larger(std::min(worker_->input_max(), std::max(input_first, 2 * kept)));
    std::copy(unread.begin(), unread.end(), larger.begin());
    input.swap(larger);
  }
  unread = {input.data(), kept};
  return asio::buffer(input.data() + kept, input.size() - kept);
}

void connection::put_head(std::string& out, const response& answered, next then) const {
  auto body = answered.body();
  auto has_content = answered.status != 204 && answered.status != 304;
  out.append("HTTP/1.1 ").append(std::to_string(answered.status)).append(" ");
  out.append(reason_phrase(answered.status)).append("\r\nDate: ").append(worker_->http_date());
  if (answered.stream) {
    out.append("\r\nContent-Type: ").append(answered.content_type);
  } else if (has_content) {
    out.append("\r\nContent-Length: ").append(std::to_string(body.size()));
    if (!body.empty() && !answered.content_type.empty())
      out.append("\r\nContent-Type: ").append(answered.content_type);
  }
  out.append("\r\nX-Trace-Id: ").append(work_->context.trace_id);
  out.append("\r\nX-Content-Type-Options: nosniff");
  if (answered.header("Cache-Control").empty())
    out.append(answered.header("ETag").empty() ? "\r\nCache-Control: no-store"
                                               : "\r\nCache-Control: no-cache");
  for (const auto& [name, value] : answered.headers)
    out.append("\r\n").append(name).append(": ").append(value);
  if (then != next::keep)
    out.append("\r\nConnection: close");
  else if (work_->parser && work_->parser->version() < 11)
    out.append("\r\nConnection: keep-alive");
  out.append("\r\n\r\n");
}

/// Tells the header of a stream of events; a WebSocket's is told by the stream itself.
awaitable<connection::next> connection::begin_stream(response answered) {
  fit_to_listener(socket_, answered.stream->send_buffer_bytes());
  if (answered.status == 101) {
    stream_ = std::make_unique<websocket_stream>(*this, socket_, *worker_, std::move(answered.stream),
                                                 work_->context);
    co_return next::listen;
  }
  auto& out = worker_->room_to_answer();
  put_head(out, answered, next::close);
  out.append(retry_text(worker_->draw_retry()));
  unsent pieces{asio::buffer(out)};
  if (!write_now(pieces) && !co_await write_rest(pieces))
    co_return next::close;
  stream_ =
      std::make_unique<event_stream>(*this, socket_, *worker_, std::move(answered.stream), work_->context);
  co_return next::listen;
}

/// Whoever listens pays for no buffers: those of the request are given back before.
awaitable<void> connection::listen() {
  const auto begun = std::chrono::steady_clock::now();
  co_await stream_->run();
  stream_->end();
  worker_->door.stream_over(stream_->report(), peer_,
                            std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
}

/// The answer's bytes, in the thread's `room_to_answer` and, when that is large, in its body.
connection::unsent connection::lay_out(const response& answered, next then) {
  auto& out = worker_->room_to_answer();
  put_head(out, answered, then);
  auto body = answered.body();
  if (work_->context.verb == method::head || answered.status == 204 || answered.status == 304)
    body = {};
  if (body.size() <= joined_body_max) {
    out.append(body);
    body = {};
  }
  return {asio::buffer(out), asio::buffer(body)};
}

/// Writes what the socket takes at once and leaves the rest in `pieces`. Whether that was all.
bool connection::write_now(unsent& pieces) {
  system_error ec;
  const auto done = pieces[1].size() == 0 ? socket_.write_some(pieces[0], ec)
                                          : socket_.write_some(pieces, ec); // one piece costs less
  if (ec && ec != asio::error::would_block && ec != asio::error::try_again)
    cut();
  const auto of_head = std::min(done, pieces[0].size());
  pieces[0] += of_head;
  pieces[1] += done - of_head;
  return pieces[0].size() + pieces[1].size() == 0;
}

/// As fast as the client takes it. False when the connection was cut, before or meanwhile.
awaitable<bool> connection::write_rest(unsent pieces) {
  work_->output.assign(static_cast<const char*>(pieces[0].data()), pieces[0].size()); // others are answered meanwhile
  pieces[0] = asio::buffer(work_->output);
  worker_->watch(*this, waiting_for::writing);
  system_error ec;
  co_await asio::async_write(socket_, pieces, asio::redirect_error(use_awaitable, ec));
  worker_->watch(*this, waiting_for::nothing);
  if (ec)
    cut();
  co_return !ec;
}

/// Closing while unread bytes are there would reset the connection and may take the answer with it: say
/// that there is no more, then read on for a moment.
awaitable<void> connection::last_words() {
  worker_->watch(*this, waiting_for::last_words);
  system_error ec;
  socket_.shutdown(socket_type::shutdown_send, ec);
  while (!ec) {
    co_await socket_.async_wait(socket_type::wait_read, asio::redirect_error(use_awaitable, ec));
    std::array<char, discard_bytes> thrown_away;
    for (std::size_t count = 1; !ec && count > 0;)
      count = socket_.read_some(asio::buffer(thrown_away), ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again)
      ec = {};
  }
}

} // namespace frontrow::http
