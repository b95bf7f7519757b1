"""What Frappe calls in this app. Each entry names a method; no logic lives here."""

app_name = "aftersales"
app_title = "Aftersales"
app_publisher = "The Aftersales authors"
app_description = "The open after-sales service suite"
app_email = "aftersales@example.com"
app_license = "MIT"
app_logo_url = "/assets/aftersales/images/aftersales.svg"

before_install = "aftersales.setup.install.before_install"
after_install = "aftersales.setup.install.after_install"
after_migrate = "aftersales.setup.install.after_migrate"
before_uninstall = "aftersales.setup.uninstall.before_uninstall"

app_include_js = ["aftersales.bundle.js"]
app_include_css = ["aftersales.bundle.css"]

# What the product owns and Frappe re-imports on each migrate. Records that a site may change are made
# once by aftersales.setup.install and never overwritten.
fixtures = []

doc_events = {}

permission_query_conditions = {}

has_permission = {}

scheduler_events = {}
