#include "bench/contest/contender.hpp"
#include "bench/process_figures.hpp"
#include "tests/system/cluster_deployment.hpp"
#include "tests/system/deployment.hpp"

#include <algorithm>
#include <stdexcept>

namespace frontrow::bench {

namespace {

using test::json;

/// The answer to each waits until all nodes show the option. The operators' listener has eight threads.
constexpr int opened_together = 6;

std::string between(std::int64_t from, std::int64_t to) {
  return " entity between " + std::to_string(from) + " and " + std::to_string(to);
}

/// A reservation's or charge's id: the actor's number and that of its event.
std::string id_of(char kind, const std::string& entity, const std::string& version) {
  return kind + base32_of(std::stoll(entity)) + "-" + base32_of(std::stoll(version));
}

json concert_of(const door& how) {
  return {{"ratePerSecond", how.rate_per_second},
          {"burst", how.burst},
          {"maxActive", how.max_active},
          {"capacity", how.capacity},
          {"abandonSeconds", 0}};
}

json option_of(const hall_shape& shape) {
  return {{"title", "An evening"},
          {"startsAt", "2031-12-24T11:00:00.000Z"},
          {"durationMinutes", 120},
          {"holdSeconds", 3'600},
          {"maxSeatsPerUser", shape.max_seats_per_user},
          {"sections",
           {{{"name", "A"},
             {"tier", "R"},
             {"price", shape.price},
             {"rows", shape.rows},
             {"seatsPerRow", shape.seats_per_row}}}}};
}

/// What the journal tells, whoever wrote it.
class with_journal : public contender {
public:
  checks checked() const override { return checks::same; }

  std::vector<hold_record> holds(std::int64_t option_from, std::int64_t option_to) override {
    std::vector<hold_record> found;
    for (const auto& row :
         rows_of(query("select entity, version, data->>'user', data->>'seats' from journal where "
                       "kind = 'seat_map' and type = 'seats_held' and" +
                       between(option_from, option_to))))
      found.push_back(
          {std::stoll(row[0]), id_of('r', row[0], row[1]), std::stoll(row[2]), numbers_of(row[3])});
    return found;
  }
  std::vector<charge_record> charges(std::int64_t user_from, std::int64_t user_to) override {
    std::vector<charge_record> found;
    for (const auto& row :
         rows_of(query("select entity, version, data->>'amount', data->>'balance' from journal where "
                       "kind = 'account' and type = 'charged' and" +
                       between(user_from, user_to))))
      found.push_back(
          {std::stoll(row[0]), id_of('c', row[0], row[1]), std::stoll(row[2]), std::stoll(row[3])});
    return found;
  }
  std::map<std::int64_t, std::int64_t> balances(std::int64_t user_from, std::int64_t user_to) override {
    std::map<std::int64_t, std::int64_t> found;
    for (const auto& row : rows_of(query(
             "select distinct on (entity) entity, data->>'balance' from journal where kind = 'account' and" +
             between(user_from, user_to) + " order by entity, version desc")))
      found[std::stoll(row[0])] = std::stoll(row[1]);
    return found;
  }
  std::vector<payment_record> payments(std::int64_t user_from, std::int64_t user_to) override {
    std::vector<payment_record> found;
    for (const auto& row : rows_of(query(
             "select data->'payment'->>'option', data->>'reservation', entity, data->>'amount' from journal "
             "where kind = 'account' and type = 'debited' and" +
             between(user_from, user_to))))
      found.push_back({id_of('r', row[0], row[1]), std::stoll(row[2]), std::stoll(row[3])});
    return found;
  }
  std::vector<std::int64_t> places(std::int64_t concert) override {
    std::vector<std::int64_t> found;
    const auto of_queue = " where kind = 'queue' and" + between(concert, concert) + " and type = ";
    for (const auto& row :
         rows_of(query("select data->>'user' from journal" + of_queue + "'place_taken' union all " +
                       "select jsonb_array_elements_text(data->'users') from journal" + of_queue +
                       "'places_taken_together' union all " + // as programs before that wrote it:
                       "select taker->>'user' from journal, jsonb_array_elements(data->'takers') taker" +
                       of_queue + "'places_taken'")))
      found.push_back(std::stoll(row[0]));
    return found;
  }

protected:
  virtual std::string query(const std::string& statement) = 0;
};

class one_node : public with_journal {
public:
  explicit one_node(std::vector<std::string> options) : house_({std::move(options), {}}) {}
  std::uint16_t port() const override { return house_.http_port(); }
  std::vector<pid_t> serving() const override {
    return {postmaster_of(test::postgres_server::of_this_program()), program().pid()};
  }
  std::vector<pid_t> programs() const override { return {program().pid()}; }
  std::int64_t open_concert(const door& how) override {
    return house_.admin_post("/admin/v1/concerts", {{"title", "A concert"}, {"queue", concert_of(how)}})
        .at("concertId");
  }
  void change_door(std::int64_t concert, const door& how) override {
    house_.admin_patch("/admin/v1/concerts/" + std::to_string(concert) + "/queue", concert_of(how));
  }
  std::vector<std::int64_t> open_halls(std::int64_t concert, const hall_shape& shape) override {
    const auto target = "/admin/v1/concerts/" + std::to_string(concert) + "/options";
    std::vector<std::int64_t> options;
    while (std::ssize(options) < shape.halls) {
      std::vector<test::http_request> together;
      for (int nth = 0; nth < std::min(opened_together, shape.halls - static_cast<int>(options.size()));
           ++nth)
        together.push_back(house_.admin_request("POST", target)
                               .with("Idempotency-Key", "hall-" + std::to_string(++halls_))
                               .with_json(option_of(shape)));
      for (const auto& answer : house_.admin_http().ask_all(std::move(together))) {
        if (answer.status != 201)
          throw std::runtime_error{target + ": " + answer.text()};
        options.push_back(answer.document().at("optionId"));
      }
    }
    std::sort(options.begin(), options.end());
    return options;
  }
  std::optional<std::string> audit_complaint() override { return house_.audit_complaint(); }

protected:
  std::string query(const std::string& statement) override {
    return test::postgres_server::of_this_program().query(house_.database_url(), statement);
  }

private:
  test::child_process& program() const { return const_cast<test::deployment&>(house_).program(); }
  test::deployment house_;
  int halls_ = 0; ///< asked for so far
};

class two_nodes_and_a_front : public with_journal {
public:
  two_nodes_and_a_front() : house_({.nodes = 2, .fronts = 1}) { house_.wait_balanced(); }
  std::uint16_t port() const override { return house_.port_of_front(0); }
  std::vector<pid_t> serving() const override {
    auto all = programs();
    all.push_back(postmaster_of(test::postgres_server::of_this_program()));
    return all;
  }
  /// Children of this program that run frontrow.
  std::vector<pid_t> programs() const override { return children_named("frontrow"); }
  std::int64_t open_concert(const door& how) override {
    const auto concert = house_.open_concert(concert_of(how));
    test::http_client front(port());
    const test::http_request asked("GET", "/api/v1/concerts/" + std::to_string(concert));
    if (!house_.wait_until([&] { return front.ask(asked).status == 200; }))
      throw std::runtime_error{"the front does not learn of a new concert"};
    return concert;
  }
  std::vector<std::int64_t> open_halls(std::int64_t concert, const hall_shape& shape) override {
    std::vector<std::int64_t> options;
    for (int nth = 0; nth < shape.halls; ++nth)
      options.push_back(house_.open_option(concert, option_of(shape)));
    return options;
  }
  std::optional<std::string> audit_complaint() override { return house_.audit_complaint(); }

protected:
  std::string query(const std::string& statement) override { return house_.query(statement); }

private:
  test::cluster_deployment house_;
};

} // namespace

void contender::change_door(std::int64_t, const door&) {
  throw std::logic_error{"this system's doors stay as they are"};
}

std::unique_ptr<contender> start_frontrow(std::vector<std::string> options) {
  return std::make_unique<one_node>(std::move(options));
}
std::unique_ptr<contender> start_frontrow_cluster() {
  return std::make_unique<two_nodes_and_a_front>();
}

} // namespace frontrow::bench
