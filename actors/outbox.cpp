#include "actors/outbox.hpp"

#include <utility>

#include "actors/gateway.hpp"

namespace frontrow::actors {

outbox*& outbox::of_this_thread() {
  thread_local outbox* open = nullptr;
  return open;
}

outbox::outbox() { of_this_thread() = this; }

outbox::~outbox() {
  send();
  of_this_thread() = nullptr;
}

void outbox::send() {
  while (!letters_.empty()) { // who is answered at once may ask again
    std::swap(letters_, going_);
    for (auto& each : going_)
      each.through->send(std::move(each.content), std::move(each.waiting));
    going_.clear();
  }
}

} // namespace frontrow::actors
