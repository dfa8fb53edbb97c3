#pragma once

#include "http/awaitable.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/detail/reactive_socket_recv_op.hpp>

namespace frontrow::http {

/// Room for one usual request, to be given to `async_read_some` alone. A read that leaves some of it free has emptied
/// the socket: epoll(7) says so, and the next read waits without having asked the kernel in vain. What it does
/// not see is the end of a stream that came together with the last bytes: whoever waits looks for that.
struct request_room : asio::mutable_buffer {
  using asio::mutable_buffer::mutable_buffer;
};

} // namespace frontrow::http

namespace boost::asio::detail {

/// As Asio's own (1.81), which takes a socket for empty only when nothing has come.
template <>
class reactive_socket_recv_op_base<frontrow::http::request_room> : public reactor_op {
public:
  reactive_socket_recv_op_base(const system::error_code& none, socket_type socket, socket_ops::state_type /*state*/,
                               const frontrow::http::request_room& into, socket_base::message_flags flags,
                               func_type completed)
      : reactor_op(none, &do_perform, completed), socket_(socket), into_(into), flags_(flags) {}

  static status do_perform(reactor_op* base) {
    auto& self = static_cast<reactive_socket_recv_op_base&>(*base);
    constexpr auto is_stream = true;
    if (!socket_ops::non_blocking_recv1(self.socket_, self.into_.data(), self.into_.size(), self.flags_, is_stream,
                                        self.ec_, self.bytes_transferred_))
      return not_done;
    return self.bytes_transferred_ < self.into_.size() ? done_and_exhausted : done;
  }

private:
  socket_type socket_;
  frontrow::http::request_room into_;
  socket_base::message_flags flags_;
};

} // namespace boost::asio::detail
