#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace frontrow::http {

namespace asio = boost::asio;

/// The executor of an I/O thread. Everything that waits there says so by its type: one whose type is erased (Asio's
/// default) costs an allocation and a virtual call each time that something goes on.
using io_executor = asio::io_context::executor_type;

/// A coroutine of an I/O thread.
template <class T>
using awaitable = asio::awaitable<T, io_executor>;

inline constexpr asio::use_awaitable_t<io_executor> use_awaitable{};

} // namespace frontrow::http
