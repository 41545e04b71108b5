#include "load.hpp"
#include "servers.hpp"
#include "usage.hpp"

#include <edm/core/text.hpp>

#include <boost/json.hpp>
#include <boost/url.hpp>
#include <fmt/format.h>

#include <stdexcept>

namespace edm::measure {

namespace {

class given final : public server
{
  public:
    given(const couchdb_login& at, std::string prefix, std::string app_user, pid_t pid)
        : url_(at.url), prefix_(std::move(prefix)), app_user_(std::move(app_user)), pid_(pid)
    {
        boost::urls::url_view to{url_};
        host_ = to.host();
        if (to.scheme() != "http" || (host_ != "127.0.0.1" && host_ != "localhost"))
            throw std::runtime_error(
                "EDM_COUCHDB_URL: for measuring write http://127.0.0.1:port, a CouchDB of this machine");
        port_ = to.has_port() ? to.port_number() : 5984;
        login_ = base64(at.user + ":" + at.password);
        auto answer = request("GET", "/_up");
        if (answer.substr(0, answer.find('\r')).find(" 200 ") == answer.npos)
            throw std::runtime_error("EDM_COUCHDB_URL: the database cannot be reached: " +
                                     answer.substr(0, answer.find('\r')));
        if (pid_ == 0)
            pid_ = listener_of(port_);
    }
    ~given() override
    {
        try {
            for (const auto& name : names_of(request("GET", "/_all_dbs")))
                if (name.starts_with(prefix_))
                    request("DELETE", "/" + percent_encode(name));
            auto user = "/_users/org.couchdb.user:" + percent_encode(app_user_);
            auto answer = request("GET", user);
            if (auto at = answer.find(R"("_rev":")"); at != answer.npos)
                request("DELETE",
                        fmt::format("{}?rev={}", user, answer.substr(at + 8, answer.find('"', at + 8) - at - 8)));
        } catch (const std::exception&) {
            // Left-over databases have a name of their own, and harm nobody.
        }
    }
    std::string url() const override { return url_; }
    pid_t pid() const override { return pid_; }

  private:
    std::string request(std::string_view method, std::string_view target) const
    {
        return ask_to_end(port_, fmt::format("{} {} HTTP/1.0\r\nHost: {}\r\nAuthorization: Basic {}\r\nAccept: "
                                             "application/json\r\nContent-Length: 0\r\n\r\n",
                                             method, target, host_, login_));
    }
    static std::vector<std::string> names_of(const std::string& answer)
    {
        std::vector<std::string> out;
        auto from = answer.find('['), to = answer.rfind(']');
        if (from == answer.npos || to == answer.npos)
            return out;
        auto value = boost::json::parse(std::string_view{answer}.substr(from, to + 1 - from));
        for (const auto& name : value.as_array())
            out.emplace_back(name.as_string());
        return out;
    }

    std::string url_, prefix_, app_user_, host_, login_;
    std::uint16_t port_ = 0;
    pid_t pid_;
};

} // namespace

std::unique_ptr<server> given_couchdb(const couchdb_login& at, const std::string& prefix, const std::string& app_user,
                                      pid_t pid)
{
    return std::make_unique<given>(at, prefix, app_user, pid);
}

} // namespace edm::measure
