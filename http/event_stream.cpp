#include "http/event_stream.hpp"

#include "http/connection.hpp"
#include "http/event_text.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>

namespace frontrow::http {

namespace {

/// A listener has nothing to say; one that says more than this is cut off.
constexpr std::size_t input_bytes_max = 4 * 1024;

} // namespace

awaitable<void> event_stream::run() {
  begin();
  worker_.watch(owner_, waiting_for::listening);
  pump();
  if (worker_.listeners_leave())
    leave(worker_.draw_retry());
  boost::system::error_code ec;
  while (!ec && discard_input())
    co_await socket_.async_wait(socket_type::wait_read, asio::redirect_error(use_awaitable, ec));
}

/// False at the end of what the client sends.
bool event_stream::discard_input() {
  std::array<char, 512> thrown_away;
  boost::system::error_code ec;
  while (!ec && discarded_ <= input_bytes_max)
    discarded_ += socket_.read_some(asio::buffer(thrown_away), ec);
  return ec == asio::error::would_block || ec == asio::error::try_again;
}

void event_stream::pump() {
  while (state_ == state::open && !ended()) {
    auto event = listener().next();
    if (!event)
      break;
    count(*event);
    message what{event_head(*event), std::move(event->shared), event_tail};
    if (!what.shared)
      what.text.append(event->text);
    send(std::move(what));
  }
  if (state_ == state::open && !ended() && listener().over())
    finish(stream_ending::over);
}

void event_stream::beat() {
  worker_.watch(owner_, waiting_for::listening);
  if (state_ == state::open)
    send({std::string{comment_text}, nullptr, {}});
}

void event_stream::leave(std::chrono::milliseconds retry) {
  if (state_ == state::blocked)
    leave_after_ = retry;
  if (state_ == state::open && send({":this server stops\n" + retry_text(retry), nullptr, {}}))
    finish(stream_ending::told_to_leave);
}

/// Says that there is no more; the connection ends when the client closes its side, or a moment later.
void event_stream::finish(stream_ending how) {
  state_ = state::closing;
  ends(how);
  boost::system::error_code ec;
  socket_.shutdown(socket_type::shutdown_send, ec);
  worker_.watch(owner_, waiting_for::last_words);
}

/// False when not all of it could be sent at once.
bool event_stream::send(message what) {
  if (write_some(what))
    return true;
  if (state_ == state::closing)
    return false;
  state_ = state::blocked;
  unsent_ = std::make_unique<message>(std::move(what));
  worker_.watch(owner_, waiting_for::writing);
  wait_until_writable();
  return false;
}

bool event_stream::write_some(message& what) {
  const std::string_view body = what.shared ? std::string_view{*what.shared} : std::string_view{};
  const auto total = what.text.size() + body.size() + what.tail.size();
  boost::system::error_code ec;
  while (!ec && what.done < total) {
    std::array<asio::const_buffer, 3> pieces{asio::buffer(what.text), asio::buffer(body.data(), body.size()),
                                             asio::buffer(what.tail.data(), what.tail.size())};
    auto skip = what.done;
    for (auto& piece : pieces) {
      const auto part = std::min(skip, piece.size());
      piece += part;
      skip -= part;
    }
    what.done += socket_.write_some(pieces, ec);
  }
  if (ec && ec != asio::error::would_block && ec != asio::error::try_again) {
    state_ = state::closing;
    owner_.cut();
  }
  return what.done == total;
}

void event_stream::wait_until_writable() {
  socket_.async_wait(socket_type::wait_write,
                     [this, self = owner_.shared_from_this()](const boost::system::error_code& ec) {
                       if (ec || state_ != state::blocked || !socket_.is_open())
                         return;
                       if (!write_some(*unsent_)) {
                         if (state_ == state::blocked) { // it reads, if slowly: its time begins anew
                           worker_.watch(owner_, waiting_for::writing);
                           wait_until_writable();
                         }
                         return;
                       }
                       unsent_ = nullptr;
                       state_ = state::open;
                       worker_.watch(owner_, waiting_for::listening);
                       if (leave_after_.count() != 0)
                         leave(leave_after_);
                       else
                         pump();
                     });
}

} // namespace frontrow::http
