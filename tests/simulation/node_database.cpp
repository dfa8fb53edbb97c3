#include "tests/simulation/entity_host.hpp"
#include "tests/simulation/node.hpp"

namespace frontrow::simulation {

namespace {
constexpr std::size_t batch_max = 20;
/// A commit under way for longer than this closes the door for writes.
constexpr sim_time stall_after = 3 * second;
constexpr sim_time backoff_first = 20 * millisecond;
constexpr sim_time backoff_last = second;

struct pause {
  node& home;
  sim_time wait;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> then) {
    home.later(wait, [then] { then.resume(); });
  }
  void await_resume() const noexcept {}
};

sim_time back_off(std::size_t failures) {
  return failures <= 1 ? millisecond
                       : std::min(backoff_last, backoff_first << std::min<std::size_t>(failures - 2, 10));
}
} // namespace

// ---- one statement

void node::send_statement(connection& by, std::function<void(database&, session_number)> run,
                          std::function<void(bool)> done) {
  auto& chance = world_.chance();
  struct call {
    session_number session;
    bool given_up = false;
  };
  auto state = std::make_shared<call>(call{by.session});
  auto over = std::make_shared<std::function<void(bool)>>([&by, state, done = std::move(done)](bool came) {
    if (!came)
      by.ghost = state->session;
    by.session = came ? state->session : 0;
    done(came);
  });
  const auto fail = [this, over, &chance](sim_time after_at_least) {
    const auto patience = after_at_least + chance.between(1, 400) * millisecond;
    world_.plan(world_.now() + patience, self_, [over] { (*over)(false); });
  };
  const auto connecting = by.session == 0 ? chance.between(500, 3'000) : 0;
  auto on_the_way = connecting + chance.between(100, 900);
  if (chance.one_in(40))
    on_the_way += chance.between(1, 60) * millisecond;
  if (world_.is_cut_off(self_) || (world_.strikes(fault::statement_lost, 150)))
    return fail(world_.is_cut_off(self_) ? 500 * millisecond : 0);
  if (by.session != 0 && world_.strikes(fault::statement_slow, 200)) {
    fail(0);
    state->given_up = true;
    on_the_way += chance.between(0, 600) * millisecond;
  }
  world_.plan(world_.now() + on_the_way, 0,
              [this, &around = world_, self = self_, state, run = std::move(run), over, fail] {
                auto& tables = around.tables();
                const auto lives = around.find(self) != nullptr;
                if (!lives && (state->session == 0 || !tables.lives(state->session)))
                  return; // a process that is gone opens no connection
                if (around.database_is_away() || (state->session != 0 && !tables.lives(state->session))) {
                  if (lives && !state->given_up)
                    fail(0);
                  return;
                }
                if (state->session == 0)
                  state->session = tables.open(self);
                run(tables, state->session);
                if (lives && around.strikes(fault::crash, 800)) // before it hears of it
                  return around.end(self);
                if (!lives || state->given_up)
                  return;
                if (around.is_cut_off(self) || around.strikes(fault::answer_lost, 150))
                  return fail(0);
                around.plan(around.now() + around.chance().between(100, 900), self,
                            [over] { (*over)(true); });
              });
}

void node::load(domain::entity_ref entity, std::shared_ptr<persistence::history_consumer> consumer,
                std::int64_t after, persistence::snapshots use) {
  struct page {
    std::optional<persistence::snapshot_row> snapshot;
    std::vector<persistence::stored_event> events;
    std::int64_t from = 0;
  };
  auto read = std::make_shared<page>();
  read->from = after;
  auto& reader = *readers_[next_reader_++ % readers_.size()];
  const auto events = [this, entity, consumer, read, &reader] {
    send_statement(
        reader,
        [entity, read](database& at, session_number) {
          if (const auto* known = at.find(entity))
            read->events.assign(known->rows.begin() +
                                    std::min<std::ptrdiff_t>(read->from, std::ssize(known->rows)),
                                known->rows.end());
        },
        [consumer, read](bool came) {
          if (!came)
            return consumer->failed(persistence::database_failure::away);
          if (!read->events.empty())
            consumer->events(read->events);
          consumer->loaded(read->from + std::ssize(read->events));
        });
  };
  if (after > 0 || use == persistence::snapshots::ignored)
    return events();
  send_statement(
      reader,
      [entity, read](database& at, session_number) {
        if (const auto* known = at.find(entity))
          read->snapshot = known->snapshot;
      },
      [consumer, read, events](bool came) {
        if (!came)
          return consumer->failed(persistence::database_failure::away);
        if (read->snapshot) {
          consumer->snapshot(*read->snapshot);
          read->from = read->snapshot->version;
        }
        events();
      });
}

// ---- the writer's lanes

bool node::takes_writes(cluster::shard_id shard) const {
  const auto& mine = *lanes_[static_cast<std::size_t>(shard) % lanes_.size()];
  const auto hangs = mine.statement_since >= 0 && world_.now() - mine.statement_since >= stall_after;
  return mine.failures < 2 && !hangs;
}

void node::submit(const std::shared_ptr<stream>& by, std::int64_t first,
                  std::vector<persistence::event_row> rows, persistence::wake_up wake_up) {
  if (by->failed)
    return;
  assert(first == by->submitted + 1);
  by->submitted += std::ssize(rows);
  auto& mine = *lanes_[static_cast<std::size_t>(by->address.shard) % lanes_.size()];
  mine.queue.push_back({by, first, std::move(rows), wake_up});
  wake(mine);
}

void node::store(const std::shared_ptr<stream>& by, persistence::snapshot_row snapshot) {
  if (by->failed)
    return;
  auto& mine = *lanes_[static_cast<std::size_t>(by->address.shard) % lanes_.size()];
  if (!by->snapshot)
    mine.snapshots.push_back(by);
  by->snapshot = std::move(snapshot);
  wake(mine);
}

void node::wake(lane& mine) {
  if (auto waiting = std::exchange(mine.waiting, {}))
    later(world_.chance().between(1, 100), [waiting] { waiting.resume(); });
}

process node::write(lane& mine) {
  struct nothing_to_do {
    lane& of;
    bool await_ready() const { return !of.queue.empty() || !of.snapshots.empty(); }
    void await_suspend(std::coroutine_handle<> then) { of.waiting = then; }
    void await_resume() const noexcept {}
  };
  for (;;) {
    nothing_to_do wait{mine};
    co_await wait;
    batch part;
    std::map<cluster::shard_id, cluster::epoch_number> epochs;
    while (!mine.queue.empty() && part.size() < batch_max) {
      const auto& next = *mine.queue.front().stream;
      if (epochs.emplace(next.address.shard, next.epoch).first->second != next.epoch)
        break;
      part.push_back(std::move(mine.queue.front()));
      mine.queue.pop_front();
    }
    auto stored = store_snapshots(mine);
    co_await stored;
    auto written = write_part(mine, std::move(part));
    co_await written;
  }
}

task<bool> node::write_part(lane& mine, batch part) {
  for (;;) {
    std::erase_if(part, [](const submission& each) { return each.stream->failed.has_value(); });
    if (part.empty())
      co_return true;
    bool in_doubt = false;
    session_number ghost = 0;
    std::optional<append_answer> got;
    while (!got) {
      mine.statement_since = world_.now();
      if (in_doubt && world_.has(flaw::in_doubt_taken_as_written)) {
        got.emplace();
        break;
      }
      if (in_doubt && !world_.has(flaw::in_doubt_written_again)) {
        auto look = query(mine.to, [part, ghost](database& at, session_number) {
          at.terminate(ghost);
          return at.has_landed(part);
        });
        const std::optional<bool> landed = co_await look;
        if (landed && *landed)
          got.emplace();
        in_doubt = !landed.has_value();
        if (landed.has_value() && *landed)
          break;
      }
      if (!in_doubt || world_.has(flaw::in_doubt_written_again)) {
        auto append = query(
            mine.to, [part, self = self_](database& at, session_number) { return at.append(self, part); });
        got = co_await append;
        if (got)
          break;
        in_doubt = true;
        ghost = mine.to.ghost;
      }
      mine.statement_since = -1;
      pause rest{*this, back_off(++mine.failures)};
      co_await rest;
    }
    mine.failures = 0;
    mine.statement_since = -1;
    if (got->how == append_answer::end::written) {
      std::map<std::shared_ptr<stream>, std::int64_t> through;
      std::vector<std::shared_ptr<stream>> in_order;
      for (const auto& each : part) {
        if (!through.contains(each.stream))
          in_order.push_back(each.stream);
        each.stream->durable = through[each.stream] = each.first + std::ssize(each.rows) - 1;
      }
      for (const auto& each : in_order)
        post(each->news, [to = each->listener, version = each->durable] {
          if (const auto entity = to.lock())
            entity->became_durable(version);
        });
      co_return true;
    }
    for (const auto& each : part) {
      const auto& stale = got->stale;
      const auto rejected = got->how == append_answer::end::rejected;
      if (rejected || std::find(stale.begin(), stale.end(), each.stream->address.shard) != stale.end())
        tell_failed(each.stream,
                    rejected ? persistence::append_failure::rejected : persistence::append_failure::fenced);
    }
  }
}

void node::tell_failed(const std::shared_ptr<stream>& which, persistence::append_failure why) {
  if (which->failed)
    return;
  which->failed = why;
  post(which->news, [to = which->listener, why] {
    if (const auto entity = to.lock())
      entity->append_failed(why);
  });
}

task<bool> node::store_snapshots(lane& mine) {
  std::vector<std::shared_ptr<stream>> later_ones;
  std::vector<std::pair<std::shared_ptr<stream>, persistence::snapshot_row>> due;
  for (auto& each : mine.snapshots) {
    if (each->failed) {
      each->snapshot.reset();
    } else if (each->snapshot->version <= each->durable || world_.has(flaw::snapshot_before_durable)) {
      due.emplace_back(each, std::move(*each->snapshot));
      each->snapshot.reset();
    } else {
      later_ones.push_back(each);
    }
  }
  mine.snapshots = std::move(later_ones);
  while (!due.empty()) {
    auto save = query(mine.to, [due](database& at, session_number) {
      for (const auto& [by, row] : due)
        at.store(*by, row);
      return true;
    });
    const std::optional<bool> stored = co_await save;
    if (stored) {
      mine.failures = 0;
      break;
    }
    pause rest{*this, back_off(++mine.failures)};
    co_await rest;
  }
  // What waits for its version to become durable is looked at again after the next batch.
  co_return true;
}

} // namespace frontrow::simulation
