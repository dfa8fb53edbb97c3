#include "cluster/departure.hpp"

#include <cassert>

#include <caf/send.hpp>

#include "cluster/switchboard.hpp"

namespace frontrow::cluster {

namespace {
thread_local departure* open_departure = nullptr;
} // namespace

departure* departure::of_this_thread() { return open_departure; }

departure::departure() {
  assert(open_departure == nullptr);
  open_departure = this;
}

departure::~departure() {
  open_departure = nullptr;
  for (const auto& each : links_)
    caf::anon_send(each, wake{});
}

} // namespace frontrow::cluster
