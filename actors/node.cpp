#include "actors/node.hpp"

#include <cassert>
#include <map>
#include <mutex>

#include <caf/all.hpp>

#include "actors/shard_actor.hpp"

namespace frontrow::actors {

namespace {
/// How often requests under way are looked through: well below the shortest limit on them.
constexpr auto look_through_every = std::chrono::milliseconds{25};
/// Before what must be awake is asked for again, when the database did not answer.
constexpr auto ask_again_after = std::chrono::milliseconds{200};

struct wake_again {
  std::vector<cluster::shard_id> shards;
};
/// An answer on its way to the entity that is owed it, as the command that it comes home as.
template <class Reply>
bool as_answered(const caf::message& what, domain::event_number effect, caf::message& command) {
  if (!what.match_elements<Reply>())
    return false;
  command = caf::make_message(domain::answered<Reply>{effect, what.get_as<Reply>(0)});
  return true;
}

cluster::steady_time::rep ticks(cluster::steady_time at) { return at.time_since_epoch().count(); }
} // namespace

} // namespace frontrow::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::wake_again)

namespace frontrow::actors {

class node::effect_answer final : public pending_answer {
public:
  effect_answer(node& home, domain::entity_ref entity, domain::event_number effect, std::string trace)
      : home_(home), entity_(entity), effect_(effect), trace_(std::move(trace)) {}

  /// Anything but an answer ("unavailable", a refusal): what is owed is sent again.
  void complete(const caf::message& what) override {
    caf::message command;
    if (as_answered<domain::debit_answer>(what, effect_, command) ||
        as_answered<domain::refund_made>(what, effect_, command) || as_answered<domain::done>(what, effect_, command))
      home_.come_home(entity_, std::move(command), trace_);
  }

private:
  node& home_;
  domain::entity_ref entity_;
  domain::event_number effect_;
  std::string trace_;
};

node::node(caf::actor_system& system, persistence::journal_writer& writer, persistence::journal_reader& reader,
           persistence::database_clock& clock, actor_limits limits, std::int32_t shard_count)
    : system_(system), writer_(writer), reader_(reader), clock_(clock), limits_(limits), shard_count_(shard_count),
      gateway_(limits.requests, *this), places_(static_cast<std::size_t>(shard_count)),
      trusted_until_(ticks(cluster::steady_time::min())) {}

node::~node() { stop(); }

void node::start(cluster::node_number self, cluster::links* others, shard_events events) {
  self_ = self;
  others_ = others;
  events_ = std::move(events);
  housekeeper_ = system_.spawn([this](caf::event_based_actor* actor) -> caf::behavior {
    actor->delayed_send(actor, look_through_every, caf::tick_atom::value);
    return {[this, actor](caf::tick_atom) {
              gateway_.tick(std::chrono::steady_clock::now());
              actor->delayed_send(actor, look_through_every, caf::tick_atom::value);
            },
            [this](const wake_again& again) { load_those_awake(again.shards); }};
  });
}

void node::stop() {
  if (!housekeeper_)
    return;
  {
    std::unique_lock lock{mutex_};
    for (auto& each : places_) {
      if (each.handler)
        caf::anon_send_exit(each.handler, caf::exit_reason::user_shutdown);
      each = {};
    }
    caf::anon_send_exit(housekeeper_, caf::exit_reason::user_shutdown);
    housekeeper_ = nullptr;
  }
  // What they were given is about to go; CAF's own actors of the middleman are not waited for.
  system_.await_all_actors_done();
  gateway_.close();
}

// ---- shards come and go

void node::warm(const std::vector<cluster::shard_id>& shards) {
  {
    std::unique_lock lock{mutex_};
    for (const auto shard : shards) {
      auto& place = places_.at(static_cast<std::size_t>(shard));
      assert(place.here == life::none);
      place.here = life::ahead;
      place.handler = system_.spawn<shard_actor>(std::ref(*this), shard, cluster::epoch_number{0});
    }
  }
  load_those_awake(shards);
}

void node::serve(const std::vector<cluster::owned_shard>& shards) {
  std::vector<cluster::shard_id> numbers;
  {
    std::unique_lock lock{mutex_};
    for (const auto& [shard, epoch] : shards) {
      auto& place = places_.at(static_cast<std::size_t>(shard));
      if (place.here == life::ahead)
        caf::anon_send(place.handler, begin_serving{epoch});
      else
        place.handler = system_.spawn<shard_actor>(std::ref(*this), shard, epoch);
      place.here = life::serving;
      place.owner = self_;
      place.epoch = epoch;
      numbers.push_back(shard);
    }
  }
  for (const auto shard : numbers)
    gateway_.served(shard);
  load_those_awake(numbers);
}

void node::stop_serving(cluster::owned_shard shard) {
  std::unique_lock lock{mutex_};
  auto& place = places_.at(static_cast<std::size_t>(shard.shard));
  if (place.here != life::serving || place.epoch != shard.epoch)
    return;
  place.here = life::stopping;
  place.owner = 0;
  caf::anon_send(place.handler, actors::stop_serving{});
}

void node::has_stopped(cluster::owned_shard shard) {
  {
    std::unique_lock lock{mutex_};
    auto& place = places_.at(static_cast<std::size_t>(shard.shard));
    if (place.here == life::stopping && place.epoch == shard.epoch) {
      place.here = life::none;
      place.handler = nullptr;
    }
  }
  events_.stopped(shard);
}

void node::drop(cluster::shard_id shard) {
  std::unique_lock lock{mutex_};
  auto& place = places_.at(static_cast<std::size_t>(shard));
  if (place.handler)
    caf::anon_send(place.handler, actors::stop_serving{hand_over::how::at_once});
  place.handler = nullptr;
  place.here = life::none;
  if (place.owner == self_)
    place.owner = 0;
}

void node::place(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner) {
  {
    std::unique_lock lock{mutex_};
    auto& known = places_.at(static_cast<std::size_t>(shard));
    const auto ours = known.here == life::serving || known.here == life::stopping;
    if (epoch < known.epoch || (epoch == known.epoch && (ours || owner == known.owner)))
      return;
    if (ours)
      return; // the table decides about our own shards, not news
    known.owner = owner;
    known.epoch = epoch;
  }
  if (owner != 0)
    gateway_.served(shard);
}

void node::trust_until(cluster::steady_time until) { trusted_until_.store(ticks(until), std::memory_order_relaxed); }

bool node::trusted() const {
  return ticks(std::chrono::steady_clock::now()) < trusted_until_.load(std::memory_order_relaxed);
}

std::vector<node::shard_place> node::places() const {
  std::shared_lock lock{mutex_};
  std::vector<shard_place> result;
  result.reserve(places_.size());
  for (const auto& each : places_)
    result.push_back({each.owner, each.epoch});
  return result;
}

void node::load_those_awake(std::vector<cluster::shard_id> shards) {
  if (shards.empty())
    return;
  auto find = [this, shards](persistence::journal_view& view) {
    const auto found = view.to_wake(shards);
    std::shared_lock lock{mutex_};
    if (!housekeeper_)
      return;
    if (!found) {
      caf::delayed_anon_send(housekeeper_, ask_again_after, wake_again{shards});
      return;
    }
    std::map<cluster::shard_id, std::vector<domain::entity_ref>> by_shard;
    for (const auto shard : shards)
      by_shard[shard]; // one that has none is loaded, too
    for (const auto& each : *found)
      by_shard[each.shard].push_back(each.entity);
    for (auto& [shard, entities] : by_shard)
      if (const auto& handler = places_[static_cast<std::size_t>(shard)].handler)
        caf::anon_send(handler, load_entities{std::move(entities)});
  };
  if (reader_.submit(std::move(find))) {
    std::shared_lock lock{mutex_};
    if (housekeeper_)
      caf::delayed_anon_send(housekeeper_, ask_again_after, wake_again{std::move(shards)});
  }
}

// ---- letters

void node::send(cluster::envelope letter, std::unique_ptr<pending_answer> waiting) {
  gateway_.ask(std::move(letter), std::move(waiting));
}

cluster::sending node::carry(cluster::envelope& letter, cluster::node_number& to) {
  std::shared_lock lock{mutex_};
  const auto& place = places_[static_cast<std::size_t>(letter.shard)];
  if (place.owner == 0) // alone, there is nobody who might take it
    return others_ == nullptr ? cluster::sending::unavailable : cluster::sending::held;
  letter.epoch = place.epoch;
  to = place.owner;
  if (place.owner == self_) {
    if (!trusted() && !may_be_late(letter.payload))
      return cluster::sending::unavailable;
    caf::anon_send(place.handler, letter);
    return cluster::sending::sent;
  }
  const auto sent = others_ != nullptr && others_->send(place.owner, letter);
  return sent ? cluster::sending::sent : cluster::sending::held;
}

std::size_t node::bytes_of(const cluster::envelope& letter) const {
  // A letter's own size, what its strings hold, and as much as a request's body may bring, on average: seats to hold.
  constexpr std::size_t payload_bytes = 256;
  return sizeof letter + letter.trace.capacity() + payload_bytes;
}

void node::deliver(cluster::envelope letter) {
  cluster::epoch_number known = 0;
  if (letter.shard >= 0 && letter.shard < shard_count_) {
    std::shared_lock lock{mutex_};
    const auto& place = places_[static_cast<std::size_t>(letter.shard)];
    known = place.epoch;
    if (place.here == life::serving && (letter.epoch == 0 || letter.epoch == place.epoch)) {
      caf::anon_send(place.handler, std::move(letter));
      return;
    }
  }
  answer(letter.from, caf::make_message(cluster::moved{letter.shard, known}));
}

void node::ask_effect(domain::entity_ref from, domain::event_number effect, domain::entity_ref to,
                      caf::message command, const std::string& trace) {
  cluster::envelope letter;
  letter.to = to;
  letter.shard = shard_of(to);
  letter.trace = trace;
  letter.payload = std::move(command);
  send(std::move(letter), std::make_unique<effect_answer>(*this, from, effect, trace));
}

/// Only to a life here: another node's life of the entity sends its own effect and gets its own answer.
void node::come_home(domain::entity_ref to, caf::message command, const std::string& trace) {
  cluster::envelope letter;
  letter.to = to;
  letter.shard = shard_of(to);
  letter.trace = trace;
  letter.payload = std::move(command);
  deliver(std::move(letter));
}

void node::answer(const cluster::return_address& to, const caf::message& what) {
  if (to.node == 0 || to.node == self_)
    gateway_.complete(to, what);
  else if (others_ != nullptr)
    others_->answer(to.node, to, what);
}

} // namespace frontrow::actors
