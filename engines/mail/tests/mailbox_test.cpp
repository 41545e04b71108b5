#include "stdout_mailer.hpp"

#include <edm/mail/mail.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

namespace edm::mail_engine {
namespace {

namespace fs = std::filesystem;
using outcome = std::expected<void, std::string>;

class fixed_clock : public clock
{
  public:
    time_point now() const override { return at; }
    time_point at = *from_rfc3339("2026-11-24T14:31:12.345Z");
};

task<> into(task<outcome> work, std::optional<outcome>& out)
{
    out = co_await std::move(work);
}

// Neither mailer suspends.
outcome sent(mailer& by, mail message)
{
    std::optional<outcome> out;
    spawn(into(by.send(std::move(message)), out));
    return out.value();
}

mail sample(std::string subject = "Hello")
{
    return {.to = "ana@example.com",
            .subject = std::move(subject),
            .text = "A <b>link</b>: https://shop.example/c?t=1&u=2\n",
            .html = {},
            .message_id = "1@shop.example",
            .traceparent = {}};
}

class Mailbox : public testing::Test
{
  protected:
    Mailbox()
    {
        std::string pattern = (fs::temp_directory_path() / "edm-mailbox-XXXXXX").string();
        root = ::mkdtemp(pattern.data());
    }
    ~Mailbox() override { fs::remove_all(root); }

    mode_t mode(const fs::path& file)
    {
        struct stat s = {};
        EXPECT_EQ(::stat(file.c_str(), &s), 0);
        return s.st_mode & 0777;
    }

    fs::path root;
    fixed_clock time;
    environment env{.clock = &time};
};

TEST_F(Mailbox, KeepsEachMailAsAPrivateFileNamedByItsTime)
{
    mailbox box{root / "data" / "mailbox", {"", "shop@example.com"}, env};
    ASSERT_TRUE(sent(box, sample("First")));
    time.at += std::chrono::milliseconds{1};
    ASSERT_TRUE(sent(box, sample("Second")));

    const auto found = box.list();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_TRUE(found[0].name.starts_with("20261124T143112346Z-"));
    EXPECT_EQ(read_message(*box.read(found[0].name)).subject, "Second");
    EXPECT_EQ(read_message(*box.read(found[1].name)).subject, "First");
    EXPECT_EQ(found[0].size, box.read(found[0].name)->size());
    EXPECT_EQ(mode(root / "data" / "mailbox"), 0700U);
    for (const auto& file : fs::directory_iterator(root / "data" / "mailbox"))
        EXPECT_EQ(mode(file.path()), 0600U);
    EXPECT_EQ(box.list(1).size(), 1U);
}

TEST_F(Mailbox, IsThereAgainAfterARestart)
{
    {
        mailbox box{root / "mailbox", {"", "shop@example.com"}, env};
        ASSERT_TRUE(sent(box, sample()));
    }
    EXPECT_EQ((mailbox{root / "mailbox", {"", "shop@example.com"}, env}.list().size()), 1U);
}

TEST_F(Mailbox, ReadsNothingButItsMails)
{
    mailbox box{root / "mailbox", {"", "shop@example.com"}, env};
    std::ofstream{root / "secret.eml"} << "secret";
    std::ofstream{root / "mailbox" / ".20261124t.eml"} << "unfinished";
    fs::create_symlink(root / "secret.eml", root / "mailbox" / "abc.eml");
    for (const auto* name : {"../secret.eml", "/etc/passwd", "abc.eml", ".20261124t.eml", "", ".eml", "x.eml"})
        EXPECT_FALSE(box.read(name)) << name;
    EXPECT_FALSE(mailbox_message_page(box, "../secret.eml"));
}

TEST_F(Mailbox, AMailThatCannotBeRenderedLeavesNoFile)
{
    mailbox box{root / "mailbox", {"", "shop@example.com"}, env};
    auto bad = sample();
    bad.to = "ana@example.com\r\nBcc: all@example.com";
    EXPECT_FALSE(sent(box, bad));
    EXPECT_TRUE(fs::is_empty(root / "mailbox"));
}

TEST_F(Mailbox, ALostFolderIsAFailureAndNotACrash)
{
    mailbox box{root / "mailbox", {"", "shop@example.com"}, env};
    fs::remove_all(root / "mailbox");
    const auto result = sent(box, sample());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), "the mailbox cannot create a file: No such file or directory");
    EXPECT_TRUE(box.list().empty());
}

TEST_F(Mailbox, ItsPagesEscapeEverything)
{
    mailbox box{root / "mailbox", {"", "shop@example.com"}, env};
    EXPECT_NE(mailbox_page(box).find("No mail yet."), std::string::npos);
    ASSERT_TRUE(sent(box, sample("<script>alert(1)</script>")));
    const auto name = box.list().front().name;

    const auto list = mailbox_page(box);
    EXPECT_EQ(list.find("<script>"), std::string::npos);
    EXPECT_NE(list.find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(list.find("href=\"/mailbox/" + name + "\""), std::string::npos);

    const auto page = mailbox_message_page(box, name);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->find("<script>"), std::string::npos);
    EXPECT_EQ(page->find("<b>"), std::string::npos);
    EXPECT_NE(page->find("A &lt;b&gt;link&lt;/b&gt;: <a href=\"https://shop.example/c?t=1&amp;u=2\">"),
              std::string::npos);
}

TEST(Stdout, PrintsTheMessage)
{
    fixed_clock time;
    std::FILE* const out = std::tmpfile();
    ASSERT_NE(out, nullptr);
    stdout_mailer printer{{"", "shop@example.com"}, environment{.clock = &time}, out};
    ASSERT_TRUE(sent(printer, sample("Printed")));
    std::rewind(out);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), out));
    std::fclose(out);
    EXPECT_NE(text.find("\nSubject: Printed\n"), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
}

} // namespace
} // namespace edm::mail_engine
