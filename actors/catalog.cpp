#include "actors/catalog.hpp"

#include "actors/ask_and_wait.hpp"
#include "persistence/described_json.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <thread>

namespace frontrow::actors {

using persistence::database_failure;
using persistence::done;
using persistence::opening;

namespace {

/// Rows read at a time.
constexpr std::size_t page_rows = 1'000;
/// Between two tries of `load`: a writer's connection takes some tens of milliseconds.
constexpr std::chrono::milliseconds retry_every{50};

catalog_failure failure_of(database_failure reason) {
  return reason == database_failure::rejected ? catalog_failure::not_found : catalog_failure::unavailable;
}

template <class Reply>
std::optional<catalog_failure> not_opened(const outcome<Reply>& told) {
  if (std::holds_alternative<unavailable>(told))
    return catalog_failure::unavailable;
  if (const auto* refused = std::get_if<domain::refused>(&told))
    if (refused->reason != domain::refusal::already_opened)
      return catalog_failure::invalid;
  return std::nullopt;
}

/// Answers are kept as the id alone: whatever else an answer says is made of the row.
template <class Row>
struct id_answer;
template <>
struct id_answer<persistence::concert_row> {
  std::string operator()(const persistence::concert_row& row) const { return std::to_string(row.concert); }
};
template <>
struct id_answer<persistence::option_row> {
  std::string operator()(const persistence::option_row& row) const { return std::to_string(row.option); }
};

std::int64_t id_in(const std::string& answer) {
  std::int64_t id = 0;
  std::from_chars(answer.data(), answer.data() + answer.size(), id);
  return id;
}

} // namespace

const concert_on_sale* catalog_snapshot::concert(domain::concert_id concert) const {
  const auto found = concerts_.find(concert);
  return found == concerts_.end() ? nullptr : found->second.get();
}

option_on_show catalog_snapshot::option(domain::option_id option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? nullptr : found->second;
}

std::vector<concert_on_show> catalog_snapshot::concerts_after(domain::concert_id after,
                                                              std::size_t limit) const {
  std::vector<concert_on_show> found;
  for (auto it = concerts_.upper_bound(after); it != concerts_.end() && found.size() < limit; ++it)
    found.push_back(it->second);
  return found;
}

catalog::catalog(node& at, persistence::database_session first_database)
    : node_(at), database_(std::move(first_database)), shown_(std::make_shared<catalog_snapshot>()) {}

std::shared_ptr<const catalog_snapshot> catalog::now() const {
  std::lock_guard lock{showing_};
  return shown_;
}

catalog::answer<done> catalog::reload() {
  std::lock_guard lock{changing_};
  if (auto read = read_all(); !read)
    return read;
  auto opened = open_announced({});
  publish();
  if (opened)
    loaded_ = true;
  return opened;
}

catalog::answer<done> catalog::load(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto loaded = reload();
    if (loaded || loaded.error() != catalog_failure::unavailable || std::chrono::steady_clock::now() >= until)
      return loaded;
    std::this_thread::sleep_for(retry_every);
  }
}

catalog::answer<done> catalog::read_all() {
  known everything; // taken over only when it is whole
  for (domain::concert_id after = 0;;) {
    const auto page = list_concerts(database_, after, page_rows);
    if (!page)
      return failure_of(page.error());
    for (const auto& row : *page)
      if (!everything.take_in(row))
        return catalog_failure::unreadable;
    if (page->size() < page_rows)
      break;
    after = page->back().concert;
  }
  for (domain::option_id after = 0;;) {
    const auto page = list_options(database_, after, page_rows);
    if (!page)
      return failure_of(page.error());
    for (const auto& row : *page)
      if (!everything.take_in(row))
        return catalog_failure::unreadable;
    if (page->size() < page_rows)
      break;
    after = page->back().option;
  }
  known_ = std::move(everything);
  return done{};
}

bool catalog::known::take_in(const persistence::concert_row& row) {
  const auto policy = persistence::from_json<domain::queue_policy>(row.queue);
  if (!policy)
    return false;
  concerts[row.concert] = {{row.concert, row.title, *policy, {}}, row.state};
  if (row.state == opening::announced)
    announced_concerts.insert(row.concert);
  return true;
}

bool catalog::known::take_in(const persistence::option_row& row) {
  auto terms = persistence::from_json<domain::option_terms>(row.definition);
  if (!terms || !valid(*terms))
    return false;
  const auto by_price = [](const auto& left, const auto& right) { return left.price < right.price; };
  const auto [least, most] = std::minmax_element(terms->sections.begin(), terms->sections.end(), by_price);
  auto about = std::make_shared<option_on_sale>();
  about->option = row.option;
  about->concert = row.concert;
  about->title = row.title;
  about->starts_at = row.starts_at;
  about->duration_minutes = row.duration_minutes;
  about->seats = seat_count(*terms);
  about->min_price = least->price;
  about->max_price = most->price;
  about->terms = std::move(*terms);
  options[row.option] = {std::move(about), row.state};
  if (row.state == opening::announced)
    announced_options.insert(row.option);
  return true;
}

catalog::answer<done> catalog::open_announced(const std::string& trace) {
  while (!known_.announced_concerts.empty()) {
    auto& which = known_.concerts.at(*known_.announced_concerts.begin());
    if (auto opened = open(which, trace); !opened)
      return opened;
    known_.announced_concerts.erase(known_.announced_concerts.begin());
  }
  while (!known_.announced_options.empty()) {
    auto& which = known_.options.at(*known_.announced_options.begin());
    if (auto opened = open(which, trace); !opened)
      return opened;
    known_.announced_options.erase(known_.announced_options.begin());
  }
  return done{};
}

catalog::answer<done> catalog::open(known_concert& which, const std::string& trace) {
  const auto id = which.about.concert;
  const auto told = ask_and_wait<domain::queue>(node_, id, domain::open_queue{which.about.policy}, trace);
  if (const auto failed = not_opened(told))
    return *failed;
  if (const auto marked = mark_concert_opened(database_, id); !marked)
    return failure_of(marked.error());
  which.state = opening::opened;
  return done{};
}

catalog::answer<done> catalog::open(known_option& which, const std::string& trace) {
  const auto id = which.about->option;
  const auto told = ask_and_wait<domain::seat_map>(node_, id, domain::open_option{which.about->terms}, trace);
  if (const auto failed = not_opened(told))
    return *failed;
  if (const auto marked = mark_option_opened(database_, id); !marked)
    return failure_of(marked.error());
  which.state = opening::opened;
  return done{};
}

void catalog::publish() {
  std::map<domain::concert_id, std::vector<option_on_show>> options_by_concert;
  auto next = std::make_shared<catalog_snapshot>();
  for (const auto& [id, each] : known_.options) {
    const auto of = known_.concerts.find(each.about->concert);
    if (each.state != opening::opened || of == known_.concerts.end() || of->second.state != opening::opened)
      continue;
    next->options_.emplace(id, each.about);
    options_by_concert[each.about->concert].push_back(each.about);
  }
  for (const auto& [id, each] : known_.concerts) {
    if (each.state != opening::opened)
      continue;
    auto shown = std::make_shared<concert_on_sale>(each.about);
    shown->options = std::move(options_by_concert[id]);
    std::sort(shown->options.begin(), shown->options.end(), [](const auto& left, const auto& right) {
      return std::pair(left->starts_at, left->option) < std::pair(right->starts_at, right->option);
    });
    next->concerts_.emplace(id, std::move(shown));
  }
  std::lock_guard lock{showing_};
  shown_ = std::move(next);
}

catalog::answer<domain::concert_id>
catalog::create_concert(const std::string& title, const domain::queue_policy& policy,
                        const std::optional<persistence::idempotency_key>& key, const std::string& trace) {
  if (!valid(policy))
    return catalog_failure::invalid;
  std::lock_guard lock{changing_};
  persistence::concert_row draft;
  draft.title = title;
  draft.queue = persistence::json_of(policy);
  draft.created_at = node_.clock().now();
  const auto made = persistence::create_concert(database_, draft, key, id_answer<persistence::concert_row>{});
  if (!made)
    return failure_of(made.error());
  domain::concert_id id = 0;
  if (const auto* fresh = std::get_if<persistence::created<persistence::concert_row>>(&*made)) {
    id = fresh->row.concert;
    if (!known_.take_in(fresh->row))
      return catalog_failure::unreadable;
  } else if (const auto* before = std::get_if<persistence::answered_before>(&*made)) {
    id = id_in(before->answer);
    if (!known_.concerts.contains(id)) // made by another node
      if (auto read = read_all(); !read)
        return read.error();
  } else {
    return catalog_failure::key_reused;
  }
  const auto opened = open_announced(trace);
  publish();
  if (!opened)
    return opened.error();
  return id;
}

catalog::answer<option_on_show> catalog::create_option(const option_draft& draft,
                                                       const std::optional<persistence::idempotency_key>& key,
                                                       const std::string& trace) {
  if (!valid(draft.terms))
    return catalog_failure::invalid;
  std::lock_guard lock{changing_};
  if (!known_.concerts.contains(draft.terms.concert))
    return catalog_failure::not_found;
  persistence::option_row row;
  row.concert = draft.terms.concert;
  row.title = draft.title;
  row.starts_at = draft.starts_at;
  row.duration_minutes = draft.duration_minutes;
  row.definition = persistence::json_of(draft.terms);
  row.created_at = node_.clock().now();
  const auto made = persistence::create_option(database_, row, key, id_answer<persistence::option_row>{});
  if (!made)
    return failure_of(made.error());
  domain::option_id id = 0;
  if (const auto* fresh = std::get_if<persistence::created<persistence::option_row>>(&*made)) {
    id = fresh->row.option;
    if (!known_.take_in(fresh->row))
      return catalog_failure::unreadable;
  } else if (const auto* before = std::get_if<persistence::answered_before>(&*made)) {
    id = id_in(before->answer);
    if (!known_.options.contains(id))
      if (auto read = read_all(); !read)
        return read.error();
  } else {
    return catalog_failure::key_reused;
  }
  const auto opened = open_announced(trace);
  publish();
  if (!opened)
    return opened.error();
  return known_.options.at(id).about;
}

catalog::answer<domain::queue_view>
catalog::change_policy(domain::concert_id concert, const policy_change& change, const std::string& trace) {
  std::lock_guard lock{changing_};
  const auto found = known_.concerts.find(concert);
  if (found == known_.concerts.end() || found->second.state != opening::opened)
    return catalog_failure::not_found;
  const auto present = ask_and_wait<domain::queue>(node_, concert, domain::read_queue{}, trace);
  const auto* view = std::get_if<domain::queue_view>(&present);
  if (view == nullptr)
    return catalog_failure::unavailable;
  const auto wanted = change(view->policy);
  if (!wanted || !valid(*wanted))
    return catalog_failure::invalid;
  const auto changed = ask_and_wait<domain::queue>(node_, concert, domain::change_policy{*wanted}, trace);
  const auto* result = std::get_if<domain::queue_view>(&changed);
  if (result == nullptr)
    return std::holds_alternative<unavailable>(changed) ? catalog_failure::unavailable
                                                        : catalog_failure::invalid;
  // The queue's journal is the truth; the copy is for those who only show it.
  found->second.about.policy = *wanted;
  publish();
  if (const auto kept = set_queue_policy(database_, concert, persistence::json_of(*wanted)); !kept)
    return failure_of(kept.error());
  return *result;
}

} // namespace frontrow::actors
