#include "tests/simulation/client.hpp"

#include "actors/messages.hpp"
#include "tests/simulation/node.hpp"

namespace frontrow::simulation {

namespace {
/// Past every limit of the cluster on a request.
constexpr sim_time client_patience = 8 * second;
/// A front that hears later than this of a request might outlast that patience.
constexpr sim_time front_delay_max = 2 * second;
/// Longer than a parcel can be late: what was given up must not overtake what is asked again.
constexpr sim_time retry_after = 1'500 * millisecond;
constexpr int rounds_max = 3;
using domain::entity_kind;
} // namespace

class client::waiting_answer final : public cluster::pending_answer {
public:
  waiting_answer(world& around, client& whom, std::uint64_t attempt)
      : world_(around), whom_(whom), attempt_(attempt) {}
  void complete(const caf::message& answer) override {
    world_.plan(world_.now() + world_.chance().between(50, 500), 0,
                [&whom = whom_, attempt = attempt_, answer] { whom.answered(attempt, answer); });
  }

private:
  world& world_;
  client& whom_;
  std::uint64_t attempt_;
};

client::client(world& around, domain::user_id user)
    : world_(around), user_(user), concert_(user % around.settings().concerts + 1) {}

auto client::sleep(sim_time how_long) {
  struct sleeping {
    world& around;
    sim_time how_long;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> then) {
      around.plan(around.now() + how_long, 0, [then] { then.resume(); });
    }
    void await_resume() const noexcept {}
  };
  return sleeping{world_, how_long};
}

// ---- asking

task<caf::message> client::ask(request what) {
  struct until_answered {
    client& self;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> then) {
      self.asker_ = then;
      self.attempt();
    }
    void await_resume() const noexcept {}
  };
  under_way_ = std::move(what);
  for (;;) {
    until_answered once{*this};
    co_await once;
    const auto known = !answer_.empty() && !answer_.match_elements<actors::unavailable>();
    if (known)
      co_return std::exchange(answer_, {});
    world_.watching().told_unavailable();
    front_ = 0;
    auto wait = sleep(retry_after + world_.chance().between(0, 1'000) * millisecond);
    co_await wait;
  }
}

void client::attempt() {
  const auto number = ++attempt_;
  waits_ = true;
  asked_at_ = world_.now();
  const auto* front = world_.find(front_);
  if (front == nullptr || front->is_leaving() || world_.chance().one_in(10))
    front_ = world_.any_process();
  world_.plan(world_.now() + client_patience, 0, [this, number] { gave_up(number); });
  if (front_ == 0) {
    world_.plan(world_.now() + 10 * millisecond, 0, [this, number] { gave_up(number); });
    return;
  }
  cluster::envelope letter;
  letter.to = under_way_.to;
  letter.command = {static_cast<std::uint64_t>(user_), under_way_.wish};
  letter.payload = under_way_.payload;
  world_.plan(world_.now() + world_.chance().between(50, 500), front_, [this, number, letter, to = front_] {
    // A front that wakes only now would answer after the client has gone: who gives up before the front does,
    // asks elsewhere, and is refused there, may find it done all the same. Nothing can be promised then.
    const auto in_time = world_.now() - asked_at_ < front_delay_max;
    if (number == attempt_ && waits_ && in_time)
      world_.find(to)->ask(letter, std::make_unique<waiting_answer>(world_, *this, number));
  });
}

void client::gave_up(std::uint64_t attempt) {
  answered(attempt, {});
}

void client::connection_lost(cluster::node_number node) {
  if (!waits_ || front_ != node)
    return;
  world_.plan(world_.now() + world_.chance().between(1, 50) * millisecond, 0,
              [this, number = attempt_] { gave_up(number); });
}

void client::answered(std::uint64_t attempt, const caf::message& answer) {
  if (!waits_ || attempt != attempt_)
    return;
  waits_ = false;
  ++world_.counted().answers;
  answer_ = answer;
  std::exchange(asker_, {}).resume();
}

std::string client::waits_for() const {
  return std::string{domain::name_of(under_way_.to.kind)} + "/" + std::to_string(under_way_.to.id) +
         " wish " + std::to_string(under_way_.wish);
}

template <class Command>
client::request client::wish(entity_kind kind, std::int64_t id, Command command) {
  request what;
  what.to = {kind, id};
  what.wish = world_.new_wish();
  if constexpr (requires { command.command; })
    command.command = {static_cast<std::uint64_t>(user_), what.wish};
  if constexpr (requires { command.body; })
    command.body = what.wish;
  what.payload = caf::make_message(std::move(command));
  return what;
}

template <class Reply>
const Reply* client::reply_in(const request& asked, const caf::message& answer) {
  if (answer.match_elements<Reply>())
    return &answer.get_as<Reply>(0);
  if (answer.match_elements<domain::refused>())
    world_.watching().refused(asked.wish, answer.get_as<domain::refused>(0).reason);
  else
    world_.watching().violated("an answer is a reply or a refusal", waits_for());
  return nullptr;
}

// ---- what it does

void client::organise(std::function<void()> then) {
  life_ = open_all(std::move(then));
}
void client::shop() {
  life_ = visit();
}
void client::look_on() {
  life_ = read_all_balances();
}

process client::open_all(std::function<void()> then) {
  for (int concert = 1; concert <= world_.settings().concerts; ++concert) {
    domain::open_queue room;
    room.policy = world_.settings().policy;
    auto open = ask(wish(entity_kind::queue, concert, room));
    co_await open;
    domain::open_option option;
    option.terms = world_.settings().terms;
    option.terms.concert = concert;
    auto sell = ask(wish(entity_kind::seat_map, concert, option));
    co_await sell;
  }
  finished_ = true;
  then();
}

process client::visit() {
  auto start = sleep(world_.chance().between(0, 8'000) * millisecond);
  co_await start;
  const auto rounds = world_.chance().between(1, rounds_max);
  for (int round = 0; round < rounds; ++round) {
    auto shopping = one_round(round);
    co_await shopping;
    auto rest = sleep(world_.chance().between(100, 4'000) * millisecond);
    co_await rest;
  }
  finished_ = true;
}

task<bool> client::one_round(int round) {
  if (round == 0 || world_.chance().one_in(2)) {
    auto charging = charge();
    co_await charging;
  }
  auto waiting = be_let_in();
  const bool in = co_await waiting;
  if (!in)
    co_return false;
  auto holding = hold();
  const bool held = co_await holding;
  if (held) {
    auto think = sleep(world_.chance().between(10, 2'500) * millisecond);
    co_await think;
    const auto choice = world_.chance().between(1, 100);
    if (choice <= 65) {
      auto paying = pay();
      co_await paying;
    } else if (choice <= 80) {
      const auto what = wish(entity_kind::seat_map, concert_, domain::release_hold{user_, held_.reservation});
      auto release = ask(what);
      const caf::message answer = co_await release;
      if (reply_in<domain::done>(what, answer))
        world_.watching().told_released(concert_, held_.reservation);
    }
  }
  if (world_.chance().one_in(3)) {
    auto looking = read_balance(user_);
    co_await looking;
  }
  if (world_.chance().between(1, 4) > 1) {
    auto leaving = leave();
    co_await leaving;
  }
  co_return true;
}

task<bool> client::charge() {
  domain::charge more;
  more.amount = world_.chance().between(1, 4) * 100;
  const auto what = wish(entity_kind::account, user_, more);
  auto asking = ask(what);
  const caf::message answer = co_await asking;
  if (const auto* made = reply_in<domain::charge_made>(what, answer))
    world_.watching().fulfilled(what.wish, what.to, made->charge);
  for (auto looks = world_.chance().between(0, 3); looks > 0; --looks) {
    front_ = 0; // every front has to know
    auto looking = read_balance(user_);
    co_await looking;
  }
  co_return true;
}

process client::read_all_balances() {
  while (!world_.calm()) {
    front_ = 0; // another one each time
    auto looking = read_balance(world_.chance().between(2, world_.settings().users + 1));
    co_await looking;
    auto wait = sleep(world_.chance().between(10, 150) * millisecond);
    co_await wait;
  }
  finished_ = true;
}

task<bool> client::read_balance(domain::user_id whose) {
  const auto what = wish(entity_kind::account, whose, domain::read_balance{});
  auto asking = ask(what);
  const caf::message answer = co_await asking;
  if (const auto* view = reply_in<domain::balance_view>(what, answer))
    world_.watching().told_balance(whose, view->balance, asked_at_);
  co_return true;
}

task<bool> client::be_let_in() {
  domain::join_queue join;
  join.user = user_;
  for (auto& byte : join.secret)
    byte = static_cast<std::uint8_t>(world_.chance().between(0, 255));
  const auto joining = wish(entity_kind::queue, concert_, join);
  auto asking = ask(joining);
  const caf::message joined = co_await asking;
  const auto* place = reply_in<domain::place_view>(joining, joined);
  if (place == nullptr)
    co_return false;
  place_ = *place;
  told_active_ = false;
  const auto goes_away = world_.chance().one_in(12);
  for (;;) {
    if (place_.status == domain::place_status::active) {
      world_.watching().told_active(concert_, place_.place);
      told_active_ = true;
      co_return true;
    }
    if (place_.status == domain::place_status::sold_out) {
      auto leaving = leave();
      co_await leaving;
      co_return false;
    }
    if (place_.status != domain::place_status::waiting || goes_away)
      co_return false;
    auto wait = sleep(std::min<sim_time>(place_.poll_after_ms, 3'000) * millisecond +
                      world_.chance().between(0, 200'000));
    co_await wait;
    const auto polling =
        wish(entity_kind::queue, concert_, domain::read_place{place_.place, place_.secret, user_});
    auto poll = ask(polling);
    const caf::message answer = co_await poll;
    const auto* view = reply_in<domain::place_view>(polling, answer);
    if (view == nullptr)
      co_return false;
    place_ = *view;
  }
}

task<bool> client::hold() {
  for (int attempts = 0; attempts < 3; ++attempts) {
    request what;
    if (attempts == 0 && world_.chance().one_in(2)) {
      domain::hold_seats seats;
      seats.user = user_;
      seats.place = place_.place;
      seats.seats = {
          static_cast<domain::seat_id>(world_.chance().between(1, seat_count(world_.settings().terms)))};
      what = wish(entity_kind::seat_map, concert_, seats);
    } else {
      domain::hold_best best;
      best.user = user_;
      best.place = place_.place;
      best.count = static_cast<std::int32_t>(world_.chance().between(1, 2));
      what = wish(entity_kind::seat_map, concert_, best);
    }
    auto asking = ask(what);
    const caf::message answer = co_await asking;
    if (const auto* held = reply_in<domain::reservation_view>(what, answer)) {
      world_.watching().fulfilled(what.wish, what.to, held->reservation);
      held_ = *held;
      co_return true;
    }
  }
  co_return false;
}

task<bool> client::pay() {
  domain::pay order;
  order.user = user_;
  order.reservation = held_.reservation;
  const auto what = wish(entity_kind::seat_map, concert_, order);
  auto asking = ask(what);
  const caf::message answer = co_await asking;
  const auto* paid = reply_in<domain::payment_view>(what, answer);
  if (paid == nullptr)
    co_return false;
  world_.watching().told_paid({concert_, paid->payment});
  const auto payment = paid->payment;
  if (!world_.chance().one_in(4))
    co_return true;
  domain::cancel_payment undo;
  undo.user = user_;
  undo.payment = payment;
  const auto undoing = wish(entity_kind::seat_map, concert_, undo);
  auto cancelling = ask(undoing);
  const caf::message undone = co_await cancelling;
  if (reply_in<domain::payment_view>(undoing, undone) != nullptr)
    world_.watching().told_cancelled({concert_, payment});
  co_return true;
}

task<bool> client::leave() {
  const auto what =
      wish(entity_kind::queue, concert_, domain::leave_queue{place_.place, place_.secret, user_});
  auto asking = ask(what);
  const caf::message answer = co_await asking;
  static_cast<void>(reply_in<domain::done>(what, answer));
  co_return true;
}

} // namespace frontrow::simulation
