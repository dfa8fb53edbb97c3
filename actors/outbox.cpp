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
  while (!letters_.empty()) // who is answered at once may ask again
    for (auto& each : std::exchange(letters_, {}))
      each.through->send(std::move(each.content), std::move(each.waiting));
}

} // namespace frontrow::actors
