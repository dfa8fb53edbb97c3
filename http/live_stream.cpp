#include "http/live_stream.hpp"

#include "http/connection.hpp"

namespace frontrow::http {

std::string_view name_of(stream_ending how) {
  switch (how) {
  case stream_ending::client_left:
    return "clientLeft";
  case stream_ending::over:
    return "over";
  case stream_ending::told_to_leave:
    return "toldToLeave";
  case stream_ending::dropped:
    return "dropped";
  }
  return "unknown";
}

live_stream::live_stream(connection& owner, socket_type& socket, io_worker& worker,
                         std::shared_ptr<live_listener> to, const request_context& asked)
    : owner_(owner), socket_(socket), worker_(worker),
      listener_(std::move(to)), report_{.trace_id = asked.trace_id,
                                        .matched = asked.matched,
                                        .caller = asked.caller} {}

live_stream::~live_stream() {
  end();
}

void live_stream::dropped() {
  if (listener_ && report_.ending != stream_ending::dropped)
    listener_->figures().dropped.Increment();
  ends(stream_ending::dropped);
}

void live_stream::end() {
  if (listener_)
    listener_->attach(nullptr);
  listener_ = nullptr;
}

void live_stream::count(const live_event& sent) {
  ++report_.events;
  report_.bytes += sent.body().size();
  listener_->figures().events.Increment();
}

} // namespace frontrow::http
