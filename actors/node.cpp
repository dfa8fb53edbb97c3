#include "actors/node.hpp"

#include <cassert>
#include <mutex>
#include <utility>

#include <caf/all.hpp>

#include "actors/letter_round.hpp"
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
} // namespace

} // namespace frontrow::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::wake_again)

namespace frontrow::actors {

node::node(caf::actor_system& system, persistence::journal_writer& writer, persistence::journal_reader& reader,
           persistence::database_clock& clock, actor_limits limits, std::int32_t shard_count)
    : system_(system), writer_(writer), reader_(reader), clock_(clock), limits_(limits), shard_count_(shard_count),
      gateway_(limits.requests, *this), map_(shard_count), handlers_(static_cast<std::size_t>(shard_count)) {}

node::~node() { stop(); }

void node::start(cluster::node_number self, cluster::links* others, shard_events events) {
  self_ = self;
  map_.join(self);
  others_ = others;
  events_ = std::move(events);
  whereabouts_->of = this;
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
    std::lock_guard lock{whereabouts_->mutex};
    whereabouts_->of = nullptr;
  }
  {
    std::unique_lock lock{mutex_};
    for (auto& each : handlers_)
      if (each)
        caf::anon_send_exit(std::exchange(each, {}), caf::exit_reason::user_shutdown);
    map_.forget_all();
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
      map_.warm(shard);
      handler_of(shard) = system_.spawn<shard_actor>(std::ref(*this), shard, cluster::epoch_number{0});
    }
  }
  load_those_awake(shards);
}

void node::serve(const std::vector<cluster::owned_shard>& shards) {
  std::vector<cluster::shard_id> numbers;
  {
    std::unique_lock lock{mutex_};
    for (const auto& each : shards) {
      if (map_.serve(each) == shard_map::handler_to_serve::the_one_ahead)
        caf::anon_send(handler_of(each.shard), begin_serving{each.epoch});
      else
        handler_of(each.shard) = system_.spawn<shard_actor>(std::ref(*this), each.shard, each.epoch);
      numbers.push_back(each.shard);
    }
  }
  for (const auto shard : numbers)
    gateway_.served(shard);
  load_those_awake(numbers);
}

void node::stop_serving(cluster::owned_shard shard) {
  std::unique_lock lock{mutex_};
  if (map_.stop(shard))
    caf::anon_send(handler_of(shard.shard), actors::stop_serving{});
}

void node::has_stopped(cluster::owned_shard shard) {
  {
    std::unique_lock lock{mutex_};
    if (map_.stopped(shard))
      handler_of(shard.shard) = nullptr;
  }
  events_.stopped(shard);
}

void node::drop(cluster::shard_id shard) {
  std::unique_lock lock{mutex_};
  if (map_.drop(shard))
    caf::anon_send(std::exchange(handler_of(shard), {}), actors::stop_serving{hand_over::how::at_once});
}

void node::place(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner) {
  std::unique_lock lock{mutex_};
  const auto letters_may_go = map_.learn(shard, epoch, owner);
  lock.unlock();
  if (letters_may_go)
    gateway_.served(shard);
}

void node::trust_until(cluster::steady_time until) { map_.trust_until(until); }

bool node::trusted() const { return map_.trusted(std::chrono::steady_clock::now()); }

std::vector<shard_map::place> node::places() const {
  std::shared_lock lock{mutex_};
  return map_.places();
}

void node::load_those_awake(std::vector<cluster::shard_id> shards) {
  if (shards.empty())
    return;
  auto find = [node = whereabouts_, shards](persistence::journal_view& view) {
    const auto found = view.to_wake(shards);
    std::lock_guard lock{node->mutex};
    if (node->of != nullptr)
      node->of->those_awake(shards, found ? &*found : nullptr);
  };
  if (reader_.submit(std::move(find)))
    those_awake(shards, nullptr);
}

void node::those_awake(const std::vector<cluster::shard_id>& shards,
                       const std::vector<persistence::entity_address>* found) {
  std::shared_lock lock{mutex_};
  if (!housekeeper_)
    return;
  if (found == nullptr) {
    caf::delayed_anon_send(housekeeper_, ask_again_after, wake_again{shards});
    return;
  }
  for (auto& [shard, entities] : to_wake_by_shard(shards, *found))
    if (const auto& handler = handler_of(shard))
      caf::anon_send(handler, load_entities{entities});
}

std::optional<domain::place_view> node::glance_at(domain::concert_id concert,
                                                  const domain::read_place& question) const {
  {
    std::shared_lock lock{mutex_};
    const auto shard = shard_of({domain::entity_kind::queue, concert});
    if (map_.way_of(shard, std::chrono::steady_clock::now()).way != shard_map::way::here)
      return std::nullopt; // a board may outlast its shard's service by a moment
  }
  const auto board = boards_.of(concert);
  return board ? board->read(question, clock_.now()) : std::nullopt;
}

// ---- letters

void node::send(cluster::envelope letter, std::unique_ptr<pending_answer> waiting) {
  gateway_.ask(std::move(letter), std::move(waiting));
}

cluster::sending node::carry(cluster::envelope& letter, cluster::node_number& to) {
  using way = shard_map::way;
  std::shared_lock lock{mutex_};
  const auto direction = map_.way_of(letter.shard, std::chrono::steady_clock::now());
  if (direction.way == way::unknown) // alone, there is nobody who might take it
    return others_ == nullptr ? cluster::sending::unavailable : cluster::sending::held;
  letter.epoch = direction.epoch;
  to = direction.owner;
  if (direction.way == way::over_there)
    return others_ != nullptr && others_->send(to, letter) ? cluster::sending::sent : cluster::sending::held;
  if (direction.way == way::past_lease && !may_be_late(letter.payload))
    return cluster::sending::unavailable;
  const auto& handler = handler_of(letter.shard);
  assert(handler); // whoever is on the map has one
  auto* const round = letter_round::of_this_thread();
  handler->enqueue(nullptr, caf::make_message_id(), caf::make_message(letter),
                   round != nullptr ? round->runs_woken(system_) : nullptr);
  return cluster::sending::sent;
}

std::size_t node::bytes_of(const cluster::envelope& letter) const {
  // A letter's own size, what its strings hold, and as much as a request's body may bring, on average: seats to hold.
  constexpr std::size_t payload_bytes = 256;
  std::size_t places_bytes = 0;
  if (letter.payload.match_elements<domain::read_places>())
    places_bytes = letter.payload.get_as<domain::read_places>(0).places.size() * sizeof(domain::read_place);
  if (letter.payload.match_elements<domain::join_together>())
    places_bytes = letter.payload.get_as<domain::join_together>(0).all.size() * sizeof(domain::join_queue);
  return sizeof letter + letter.trace.capacity() + payload_bytes + places_bytes;
}

void node::deliver(cluster::envelope letter) {
  std::shared_lock lock{mutex_};
  if (map_.takes(letter.shard, letter.epoch)) {
    caf::anon_send(handler_of(letter.shard), std::move(letter));
    return;
  }
  const auto known = map_.epoch_of(letter.shard);
  lock.unlock();
  answer(letter.from, caf::make_message(cluster::moved{letter.shard, known}));
}

void node::ask_effect(domain::entity_ref from, domain::event_number effect, domain::entity_ref to,
                      caf::message command, const std::string& trace) {
  cluster::envelope letter;
  letter.to = to;
  letter.shard = shard_of(to);
  letter.trace = trace;
  letter.payload = std::move(command);
  send(std::move(letter), std::make_unique<effect_answer<node>>(*this, from, effect, trace));
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
