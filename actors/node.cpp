#include "actors/node.hpp"

#include <cassert>

#include <caf/all.hpp>

#include "actors/shard_actor.hpp"

namespace frontrow::actors {

namespace {
/// How late an ask may notice that its time is over: a fiftieth of the shortest sensible ask timeout.
constexpr auto expire_every = std::chrono::milliseconds{100};

caf::behavior housekeeper(caf::event_based_actor* self, gateway* gate) {
  self->delayed_send(self, expire_every, caf::tick_atom::value);
  return {[=](caf::tick_atom) {
    gate->expire(std::chrono::steady_clock::now());
    self->delayed_send(self, expire_every, caf::tick_atom::value);
  }};
}

/// An answer on its way to the entity that is owed it, as the command that it comes home as.
template <class Reply>
bool as_answered(const caf::message& what, std::uint64_t effect, caf::message& command) {
  if (!what.match_elements<Reply>())
    return false;
  command = caf::make_message(
      domain::answered<Reply>{static_cast<domain::event_number>(effect), what.get_as<Reply>(0)});
  return true;
}
} // namespace

node::node(caf::actor_system& system, persistence::journal_writer& writer, persistence::journal_reader& reader,
           persistence::database_clock& clock, actor_limits limits, std::int32_t shard_count)
    : system_(system), writer_(writer), reader_(reader), clock_(clock), limits_(limits),
      gateway_(limits.asks_max, limits.ask_timeout), shards_(static_cast<std::size_t>(shard_count)) {}

node::~node() { stop(); }

void node::start(const std::vector<std::pair<cluster::shard_id, cluster::epoch_number>>& owned,
                 const std::vector<persistence::entity_address>& awake) {
  housekeeper_ = system_.spawn(housekeeper, &gateway_);
  for (const auto& [shard, epoch] : owned) {
    auto& mine = shards_.at(static_cast<std::size_t>(shard));
    mine.epoch = epoch;
    mine.handler = system_.spawn<shard_actor>(std::ref(*this), shard, epoch);
  }
  for (const auto& each : awake)
    if (const auto& owner = shards_.at(static_cast<std::size_t>(each.shard)).handler)
      caf::anon_send(owner, load_entity{each.entity});
}

void node::stop() {
  if (!housekeeper_)
    return;
  for (auto& each : shards_)
    if (each.handler)
      caf::anon_send_exit(each.handler, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(housekeeper_, caf::exit_reason::user_shutdown);
  system_.await_all_actors_done();
  for (auto& each : shards_)
    each.handler = nullptr;
  housekeeper_ = nullptr;
  gateway_.close();
}

void node::route(cluster::envelope letter) {
  letter.shard = shard_of(letter.to);
  const auto& owner = shards_[static_cast<std::size_t>(letter.shard)];
  if (!owner.handler)
    return answer(letter.from, caf::make_message(unavailable{}));
  letter.epoch = owner.epoch;
  caf::anon_send(owner.handler, std::move(letter));
}

void node::answer(const cluster::return_address& to, const caf::message& what) {
  if (to.gateway != 0)
    return gateway_.complete(to, what);
  if (to.entity.id == 0)
    return;
  cluster::envelope letter;
  letter.to = to.entity;
  letter.trace = to.trace;
  const auto known = as_answered<domain::debit_answer>(what, to.correlation, letter.payload) ||
                     as_answered<domain::refund_made>(what, to.correlation, letter.payload) ||
                     as_answered<domain::done>(what, to.correlation, letter.payload);
  // Anything else ("unavailable", a refusal) is no answer: what is owed is sent again.
  if (known)
    route(std::move(letter));
}

} // namespace frontrow::actors
