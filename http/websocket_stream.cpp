#include "http/websocket_stream.hpp"

#include "http/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace frontrow::http {

namespace {

namespace websocket = beast::websocket;

/// The client has nothing to say: what it says all the same is kept small and rare.
constexpr std::size_t message_bytes_max = 512;
constexpr int messages_per_beat_max = 30;

beast::string_view beast_view(std::string_view text) {
  return {text.data(), text.size()};
}

} // namespace

bool wants_websocket(const request_headers& headers) {
  return beast::http::token_list{beast_view(headers.connection)}.exists("upgrade") &&
         beast::http::token_list{beast_view(headers.upgrade)}.exists("websocket") &&
         !headers.websocket_key.empty() && headers.websocket_version == "13";
}

websocket_stream::websocket_stream(connection& owner, socket_type& socket, io_worker& worker,
                                   std::shared_ptr<live_listener> to, const request_context& asked)
    : live_stream(owner, socket, worker, std::move(to), asked), socket_stream_(socket),
      opening_(std::make_unique<opening>(beast::http::verb::get, "/", 11)) {
  using beast::http::field;
  opening_->set(field::host, beast_view(asked.headers.host));
  opening_->set(field::connection, "Upgrade");
  opening_->set(field::upgrade, "websocket");
  opening_->set(field::sec_websocket_key, beast_view(asked.headers.websocket_key));
  opening_->set(field::sec_websocket_version, "13");
  // A ping after half of it without a word from the client, the end after all of it.
  websocket::stream_base::timeout limits{worker.options.request_timeout, 2 * stream_beat, true};
  socket_stream_.set_option(limits);
  socket_stream_.set_option(
      websocket::stream_base::decorator([trace = asked.trace_id](websocket::response_type& head) {
        head.set("X-Trace-Id", trace);
        head.set(field::cache_control, "no-store");
        head.erase(field::server);
      }));
  socket_stream_.read_message_max(message_bytes_max);
  socket_stream_.auto_fragment(false);
  socket_stream_.text(true);
}

awaitable<void> websocket_stream::run() {
  boost::system::error_code ec;
  worker_.watch(owner_, waiting_for::writing);
  co_await socket_stream_.async_accept(*opening_, asio::redirect_error(use_awaitable, ec));
  opening_ = nullptr;
  if (ec)
    co_return;
  state_ = state::open;
  begin();
  worker_.watch(owner_, waiting_for::listening);
  pump();
  if (worker_.listeners_leave())
    leave(worker_.draw_retry());
  beast::flat_buffer said{message_bytes_max};
  for (;;) {
    co_await socket_stream_.async_read(said, asio::redirect_error(use_awaitable, ec));
    if (ec)
      break;
    said.clear();
    if (++messages_ > messages_per_beat_max)
      close(stream_ending::dropped, {websocket::close_code::policy_error, "listen, do not talk"});
  }
  if (ec == beast::error::timeout)
    dropped();
}

void websocket_stream::pump() {
  if (state_ != state::open || ended())
    return;
  auto event = listener().next();
  if (!event) {
    if (listener().over())
      close(stream_ending::over, {websocket::close_code::normal, "the place has ended"});
    return;
  }
  count(*event);
  event_ = std::move(*event);
  state_ = state::writing;
  worker_.watch(owner_, waiting_for::writing);
  const auto body = event_.body();
  socket_stream_.async_write(
      asio::buffer(body.data(), body.size()),
      [this, self = owner_.shared_from_this()](const boost::system::error_code& ec, std::size_t) {
        event_ = {};
        if (state_ != state::writing)
          return;
        if (ec)
          return owner_.cut();
        state_ = state::open;
        worker_.watch(owner_, waiting_for::listening);
        pump();
      });
}

void websocket_stream::beat() {
  messages_ = 0; // pings are the stream's own
  worker_.watch(owner_, waiting_for::listening);
}

void websocket_stream::leave(std::chrono::milliseconds retry) {
  if (state_ == state::open || state_ == state::writing)
    close(stream_ending::told_to_leave, {websocket::close_code::service_restart,
                                         beast_view(R"({"retryMs":)" + std::to_string(retry.count()) + "}")});
}

void websocket_stream::close(stream_ending how, const websocket::close_reason& why) {
  if (state_ == state::closing)
    return;
  state_ = state::closing;
  if (how == stream_ending::dropped)
    dropped();
  ends(how);
  worker_.watch(owner_, waiting_for::last_words);
  socket_stream_.async_close(why, [self = owner_.shared_from_this()](const boost::system::error_code&) {});
}

} // namespace frontrow::http
