#include "http/listener_count.hpp"

#include <array>
#include <map>
#include <mutex>
#include <utility>

namespace frontrow::http {

namespace {

listener_figures figures_of(metrics& all, const std::string& kind) {
  const metrics::labels of{{"stream", kind}};
  return {all.gauge("frontrow_listeners_open", "Streams open", of),
          all.counter("frontrow_listener_events_total", "Events written to streams", of),
          all.counter("frontrow_listeners_dropped_total", "Listeners dropped because they did not read", of)};
}

} // namespace

struct listener_ticket::shared_count {
  shared_count(const listener_limits& with, metrics& all)
      : limits(with), figures{figures_of(all, "queue"), figures_of(all, "seats")} {}

  listener_limits limits;
  std::array<listener_figures, 2> figures; // by stream_kind
  std::mutex mutex;
  std::size_t open = 0;
  std::map<peer_address, std::size_t> by_address;
  enum class door : std::uint8_t { open, closed } state = door::open;
};

listener_ticket::listener_ticket(std::shared_ptr<shared_count> of, const peer_address& network,
                                 stream_kind kind)
    : of_(std::move(of)), network_(network), kind_(kind) {
  figures().open.Increment();
}

listener_ticket::listener_ticket(listener_ticket&& other) noexcept
    : of_(std::exchange(other.of_, nullptr)), network_(other.network_), kind_(other.kind_) {}

listener_ticket::~listener_ticket() {
  if (!of_)
    return;
  figures().open.Decrement();
  std::lock_guard lock{of_->mutex};
  --of_->open;
  if (const auto found = of_->by_address.find(network_); --found->second == 0)
    of_->by_address.erase(found);
}

listener_figures& listener_ticket::figures() const {
  return of_->figures[static_cast<std::size_t>(kind_)];
}

listener_count::listener_count(const listener_limits& limits, metrics& figures)
    : shared_(std::make_shared<listener_ticket::shared_count>(limits, figures)) {}

listener_count::~listener_count() = default;

std::variant<listener_ticket, listener_count::refusal> listener_count::admit(const peer_address& peer,
                                                                             stream_kind kind) {
  const auto network = peer.network();
  std::lock_guard lock{shared_->mutex};
  if (shared_->state == listener_ticket::shared_count::door::closed)
    return refusal::leaving;
  if (shared_->open >= shared_->limits.all_max)
    return refusal::too_many;
  const auto here = shared_->by_address.find(network);
  if (here != shared_->by_address.end() && here->second >= shared_->limits.per_address_max)
    return refusal::too_many_of_address;
  ++shared_->open;
  ++shared_->by_address[network];
  return listener_ticket{shared_, network, kind};
}

void listener_count::close_door() {
  std::lock_guard lock{shared_->mutex};
  shared_->state = listener_ticket::shared_count::door::closed;
}

std::size_t listener_count::open() const {
  std::lock_guard lock{shared_->mutex};
  return shared_->open;
}

} // namespace frontrow::http
