#include "http/live_hub.hpp"

#include "http/awaitable.hpp"
#include "http/place_feed.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace frontrow::http {

namespace {

using std::chrono::steady_clock;
using hub_timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, io_executor>;

/// Where somebody listens, and on which thread.
struct subscriber {
  std::weak_ptr<live_listener> who;
  asio::io_context* on = nullptr;
};

/// Calls `tell(listener)` for all of them, with one post for each thread.
template <class News>
class mail {
public:
  void add(const subscriber& to, News news) {
    auto who = to.who.lock();
    if (!who)
      return;
    auto found =
        std::find_if(bags_.begin(), bags_.end(), [&](const auto& each) { return each.first == to.on; });
    if (found == bags_.end())
      found = bags_.insert(bags_.end(), {to.on, {}});
    found->second.emplace_back(std::move(who), std::move(news));
  }
  template <class Tell>
  void post(Tell tell) {
    for (auto& [on, bag] : bags_)
      asio::post(*on, [bag = std::move(bag), tell] {
        for (const auto& [who, news] : bag)
          tell(*who, news);
      });
    bags_.clear();
  }

private:
  std::vector<std::pair<asio::io_context*, std::vector<std::pair<std::shared_ptr<live_listener>, News>>>>
      bags_;
};

} // namespace

/// What belongs to the hub's thread. Answers that come after the stop find it gone.
struct live_hub::state : std::enable_shared_from_this<live_hub::state> {
  /// A queue that somebody listens to.
  struct room {
    room(asio::io_context& context, domain::concert_id of) : concert(of), timer(context) {}
    const domain::concert_id concert;
    place_feed feed;
    boost::unordered_flat_map<domain::place_number, std::vector<subscriber>> listeners;
    hub_timer timer;
  };
  /// A seat map that somebody listens to.
  struct hall {
    hall(asio::io_context& context, domain::option_id of, std::shared_ptr<const seat_list_layout> layout)
        : option(of), feed(of, std::move(layout)), timer(context) {}
    const domain::option_id option;
    seat_feed feed;
    std::vector<subscriber> listeners;
    std::size_t gone = 0; // of them
    hub_timer timer;
  };

  explicit state(actors::node& with) : node(with) {}

  /// `then(state)` on the hub's thread, unless it is over by then.
  template <class Then>
  void run(Then then) {
    asio::post(context, [weak = weak_from_this(), then = std::move(then)]() mutable {
      if (const auto alive = weak.lock())
        then(*alive);
    });
  }

  void watch_place(domain::concert_id concert, const domain::place_progress& known, subscriber who);
  void leave_place(domain::concert_id concert, domain::place_number place);
  void plan(const std::shared_ptr<room>& which);
  void ask(const std::shared_ptr<room>& which);
  void answered(room& which, const actors::outcome<domain::places_watched>& told);

  void watch_seats(domain::option_id option, const std::shared_ptr<const seat_list_layout>& layout,
                   subscriber who);
  void leave_seats(domain::option_id option);
  void plan(const std::shared_ptr<hall>& which, steady_clock::duration pause);
  void ask(const std::shared_ptr<hall>& which);
  void answered(hall& which, actors::outcome<domain::seat_list> told);

  actors::node& node;
  asio::io_context context{1};
  asio::executor_work_guard<io_executor> work{context.get_executor()};
  std::thread thread;
  boost::unordered_flat_map<domain::concert_id, std::shared_ptr<room>> rooms;
  boost::unordered_flat_map<domain::option_id, std::shared_ptr<hall>> halls;
};

// ---- queues

void live_hub::state::watch_place(domain::concert_id concert, const domain::place_progress& known,
                                  subscriber who) {
  auto& which = rooms[concert];
  if (!which)
    which = std::make_shared<room>(context, concert);
  which->listeners[known.place].push_back(std::move(who));
  which->feed.add(known, steady_clock::now());
  plan(which);
}

void live_hub::state::leave_place(domain::concert_id concert, domain::place_number place) {
  const auto found = rooms.find(concert);
  if (found == rooms.end())
    return;
  auto& which = *found->second;
  if (const auto there = which.listeners.find(place); there != which.listeners.end()) {
    std::erase_if(there->second, [](const subscriber& each) { return each.who.expired(); });
    if (!there->second.empty())
      return;
    which.listeners.erase(there);
  }
  which.feed.remove(place);
  if (which.feed.empty())
    rooms.erase(found);
}

void live_hub::state::plan(const std::shared_ptr<room>& which) {
  const auto at = which->feed.next_look();
  if (!at)
    return;
  which->timer.expires_at(*at); // a look that was planned before is planned anew
  which->timer.async_wait([this, weak = std::weak_ptr{which}](const boost::system::error_code& ec) {
    const auto there = weak.lock();
    if (!ec && there && there->feed.next_look())
      ask(there);
  });
}

void live_hub::state::ask(const std::shared_ptr<room>& which) {
  auto question = which->feed.ask(steady_clock::now());
  node.ask<domain::queue>(
      which->concert, std::move(question), {},
      [self = weak_from_this(), weak = std::weak_ptr{which}](actors::outcome<domain::places_watched> told) {
        if (const auto hub = self.lock())
          hub->run([weak, told = std::move(told)](state& in) {
            if (const auto there = weak.lock()) {
              in.answered(*there, told);
              in.plan(there);
            }
          });
      });
}

void live_hub::state::answered(room& which, const actors::outcome<domain::places_watched>& told) {
  const auto now = steady_clock::now();
  const auto* watched = std::get_if<domain::places_watched>(&told);
  if (watched == nullptr)
    return which.feed.failed(now);
  mail<domain::place_progress> news;
  for (const auto& each : which.feed.answered(*watched, now))
    if (const auto there = which.listeners.find(each.place); there != which.listeners.end())
      for (const auto& listener : there->second)
        news.add(listener, each);
  news.post([](live_listener& who, const domain::place_progress& progress) { who.place_is(progress); });
}

// ---- seat maps

void live_hub::state::watch_seats(domain::option_id option,
                                  const std::shared_ptr<const seat_list_layout>& layout, subscriber who) {
  auto& which = halls[option];
  const auto fresh = !which;
  if (fresh)
    which = std::make_shared<hall>(context, option, layout);
  if (which->feed.page()) {
    mail<std::shared_ptr<const seat_page>> first;
    first.add(who, which->feed.page());
    first.post([](live_listener& one, const std::shared_ptr<const seat_page>& page) { one.seats_are(page); });
  }
  which->listeners.push_back(std::move(who));
  if (fresh)
    ask(which);
}

void live_hub::state::leave_seats(domain::option_id option) {
  const auto found = halls.find(option);
  if (found == halls.end())
    return;
  auto& which = *found->second;
  ++which.gone;
  if (2 * which.gone >= which.listeners.size()) { // so that looking for them costs O(1) each
    std::erase_if(which.listeners, [](const subscriber& each) { return each.who.expired(); });
    which.gone = 0;
  }
  if (which.listeners.empty())
    halls.erase(found);
}

void live_hub::state::plan(const std::shared_ptr<hall>& which, steady_clock::duration pause) {
  which->timer.expires_after(pause);
  which->timer.async_wait([this, weak = std::weak_ptr{which}](const boost::system::error_code& ec) {
    if (const auto there = weak.lock(); !ec && there)
      ask(there);
  });
}

void live_hub::state::ask(const std::shared_ptr<hall>& which) {
  node.ask<domain::seat_map>(
      which->option, domain::read_seats{which->feed.version()}, {},
      [self = weak_from_this(), weak = std::weak_ptr{which}](actors::outcome<domain::seat_list> told) {
        if (const auto hub = self.lock())
          hub->run([weak, told = std::move(told)](state& in) mutable {
            if (const auto there = weak.lock()) {
              in.answered(*there, std::move(told));
              in.plan(there, seat_feed::pause(there->listeners.size()));
            }
          });
      });
}

void live_hub::state::answered(hall& which, actors::outcome<domain::seat_list> told) {
  auto* list = std::get_if<domain::seat_list>(&told);
  const auto page = list != nullptr ? which.feed.update(std::move(*list), steady_clock::now()) : nullptr;
  if (!page)
    return;
  mail<std::shared_ptr<const seat_page>> news;
  for (const auto& listener : which.listeners)
    news.add(listener, page);
  news.post([](live_listener& who, const std::shared_ptr<const seat_page>& now) { who.seats_are(now); });
}

// ---- the hub

live_hub::live_hub(actors::node& node, seat_list_cache& seat_lists, metrics& figures,
                   const listener_limits& limits)
    : seat_lists_(seat_lists), listeners_(limits, figures), state_(std::make_shared<state>(node)) {
  state_->thread = std::thread{[in = state_.get()] {
    ::pthread_setname_np(::pthread_self(), "live");
    in->context.run();
  }};
}

live_hub::~live_hub() {
  stop();
}

void live_hub::stop() {
  listeners_.close_door();
  state_->work.reset();
  state_->context.stop();
  if (state_->thread.joinable())
    state_->thread.join();
}

live_hub::subscription live_hub::watch_place(domain::concert_id concert, const domain::place_progress& known,
                                             const std::shared_ptr<live_listener>& who,
                                             asio::io_context& on) {
  subscription made;
  made.to_ = state_;
  made.of_ = {domain::entity_kind::queue, concert};
  made.place_ = known.place;
  state_->run([concert, known, to = subscriber{who, &on}](state& in) { in.watch_place(concert, known, to); });
  return made;
}

live_hub::subscription live_hub::watch_seats(const actors::option_on_show& option,
                                             const std::shared_ptr<live_listener>& who,
                                             asio::io_context& on) {
  subscription made;
  made.to_ = state_;
  made.of_ = {domain::entity_kind::seat_map, option->option};
  state_->run([id = option->option, layout = seat_lists_.layout_of(option),
               to = subscriber{who, &on}](state& in) { in.watch_seats(id, layout, to); });
  return made;
}

live_hub::subscription::~subscription() {
  const auto hub = to_.lock();
  if (!hub)
    return;
  hub->run([of = of_, place = place_](state& in) {
    if (of.kind == domain::entity_kind::queue)
      in.leave_place(of.id, place);
    else
      in.leave_seats(of.id);
  });
}

} // namespace frontrow::http
